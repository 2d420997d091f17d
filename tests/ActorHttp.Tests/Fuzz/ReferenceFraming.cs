using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace ActorHttp.Tests.Fuzz;

/// <summary>How a stream of requests ends.</summary>
internal enum StreamRest
{
    /// <summary>Behind a whole message.</summary>
    Nothing,

    /// <summary>In the middle of a message that may still become one.</summary>
    Unfinished,

    /// <summary>In a message that cannot be one, whatever follows.</summary>
    Malformed,
}

/// <summary>A message where RFC 9112 puts it.</summary>
/// <param name="Start">Where the one before it ended.</param>
/// <param name="HeadEnd">Behind the empty line that ends the head.</param>
/// <param name="Body">The body without its coding, as far as there is one, one Latin-1 character a byte.</param>
/// <param name="End">Behind its last byte; null when the stream ends or breaks before.</param>
internal sealed record FramedMessage(string Method, string Target, int Start, int HeadEnd, string Body, int? End);

/// <summary>
/// Where the requests of a stream begin and end by RFC 9112, read from the RFC and not from our reader: all bytes at once,
/// no limits, numbers of any size, slow and plain. Wherever the RFC leaves it open how to frame a message (bare LF, folded
/// fields, Transfer-Encoding with Content-Length, …) it takes the strict way, so that a server which is kind is found.
/// </summary>
/// <remarks>
/// Our reader may refuse more than this one. What is let pass here, since it moves no message's end: any target and any Host,
/// or none; any number of empty lines before a request; controls but NUL in values, extensions that break their grammar;
/// any version; a list in Content-Length that repeats one number; transfer codings that we do not know, holes in their list;
/// any trailer; an unknown expectation; any size.
/// </remarks>
internal sealed partial class ReferenceFraming
{
    private readonly string _stream;
    private readonly List<FramedMessage> _messages = [];
    private int _at;

    public ReferenceFraming(byte[] stream)
    {
        _stream = Encoding.Latin1.GetString(stream);
        while (Rest == StreamRest.Nothing && _at < _stream.Length)
            Rest = ReadMessage();
    }

    /// <summary>The messages that have a head; only the last may have no end.</summary>
    public IReadOnlyList<FramedMessage> Messages => _messages;

    public StreamRest Rest { get; }

    // §2.1: HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
    private StreamRest ReadMessage()
    {
        var start = _at;
        string line;

        // §2.2: a server should ignore at least one empty line before the request line.
        do
        {
            if (ReadLine(out line) is not StreamRest.Nothing and var unread)
                return unread;
        }
        while (line.Length == 0);

        // §3: request-line = method SP request-target SP HTTP-version
        if (RequestLine().Match(line) is not { Success: true } request)
            return StreamRest.Malformed;
        if (ReadFields(out var fields) is not StreamRest.Nothing and var rest)
            return rest;
        var open = new FramedMessage(request.Groups["method"].Value, request.Groups["target"].Value, start, _at, "", null);
        var isBefore11 = string.CompareOrdinal(request.Groups["version"].Value, "1.1") < 0;
        return ReadBody(open, isBefore11, Members(fields, "Transfer-Encoding"), Members(fields, "Content-Length"));
    }

    // §6.3. Steps 1 and 2 are about responses.
    private StreamRest ReadBody(FramedMessage open, bool isBefore11, string[]? codings, string[]? lengths)
    {
        // Step 3: with both "this ought to be handled as an error". Step 4: chunked is the last, and (§6.1) the only one.
        // §6.1: Transfer-Encoding in HTTP/1.0 is faulty framing.
        if (codings is not null)
        {
            var named = codings.Where(coding => coding.Length > 0).Select(coding => coding.ToLowerInvariant()).ToList();
            if (lengths is not null || isBefore11 || named.Count == 0 || named.IndexOf("chunked") != named.Count - 1)
                return StreamRest.Malformed;
            return ReadChunks(open);
        }

        // Step 7.
        if (lengths is null)
        {
            _messages.Add(open with { End = _at });
            return StreamRest.Nothing;
        }

        // Step 5: a list is valid when all of it is the same valid value.
        if (lengths.Distinct().Count() != 1 || !Digits().IsMatch(lengths[0]))
            return StreamRest.Malformed;

        // Step 6.
        var body = Take(BigInteger.Parse(lengths[0], CultureInfo.InvariantCulture), out var isWhole);
        _messages.Add(open with { Body = body, End = isWhole ? _at : null });
        return isWhole ? StreamRest.Nothing : StreamRest.Unfinished;
    }

    // §7.1: chunked-body = *chunk last-chunk trailer-section CRLF
    private StreamRest ReadChunks(FramedMessage open)
    {
        var body = new StringBuilder();
        var rest = ReadChunks(body);
        _messages.Add(open with { Body = body.ToString(), End = rest == StreamRest.Nothing ? _at : null });
        return rest;
    }

    private StreamRest ReadChunks(StringBuilder body)
    {
        while (true)
        {
            if (ReadLine(out var line) is not StreamRest.Nothing and var unread)
                return unread;
            if (ChunkLine().Match(line) is not { Success: true } chunk)
                return StreamRest.Malformed;

            // The zero in front keeps it from being read as a negative number.
            var size = BigInteger.Parse("0" + chunk.Groups["size"].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size.IsZero)
                return ReadFields(out _);
            body.Append(Take(size, out var isWhole));
            if (!isWhole || _stream.Length - _at < 2)
                return StreamRest.Unfinished;
            if (Take(2, out _) != "\r\n")
                return StreamRest.Malformed;
        }
    }

    // §5: field-line = field-name ":" OWS field-value OWS, up to an empty line
    private StreamRest ReadFields(out List<(string Name, string Value)> fields)
    {
        fields = [];
        while (true)
        {
            if (ReadLine(out var line) is not StreamRest.Nothing and var unread)
                return unread;
            if (line.Length == 0)
                return StreamRest.Nothing;
            if (FieldLine().Match(line) is not { Success: true } field)
                return StreamRest.Malformed;
            fields.Add((field.Groups["name"].Value, field.Groups["value"].Value.Trim(' ', '\t')));
        }
    }

    // §2.2: CRLF ends a line; a bare CR is invalid, a bare LF need not be forgiven.
    private StreamRest ReadLine(out string line)
    {
        line = "";
        var end = _stream.IndexOf('\n', _at);
        if (end < 0)
            return StreamRest.Unfinished;
        line = _stream[_at..end];
        if (line.IndexOf('\r') != line.Length - 1 || line.Length == 0)
            return StreamRest.Malformed;
        line = line[..^1];
        _at = end + 1;
        return StreamRest.Nothing;
    }

    private string Take(BigInteger count, out bool isWhole)
    {
        var left = _stream.Length - _at;
        isWhole = count <= left;
        var taken = _stream.Substring(_at, isWhole ? (int)count : left);
        _at += taken.Length;
        return taken;
    }

    // RFC 9110 §5.3: lines of one name are one list. Null where there is no such line.
    private static string[]? Members(List<(string Name, string Value)> fields, string name)
    {
        var values = fields.Where(
            field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value).ToList();
        return values.Count == 0 ? null : [.. string.Join(',', values).Split(',').Select(member => member.Trim(' ', '\t'))];
    }

    [GeneratedRegex(@"\A(?<method>[-!#$%&'*+.^_`|~0-9A-Za-z]+) (?<target>[^\x00-\x20\x7F]+) HTTP/(?<version>[0-9]\.[0-9])\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\A(?<name>[-!#$%&'*+.^_`|~0-9A-Za-z]+):(?<value>[^\x00]*)\z")]
    private static partial Regex FieldLine();

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\A(?<size>[0-9A-Fa-f]+)([ \t]*;[^\x00]*)?\z")]
    private static partial Regex ChunkLine();
}
