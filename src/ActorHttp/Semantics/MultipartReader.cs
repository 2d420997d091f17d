using System.Text;

namespace ActorHttp.Semantics;

/// <summary>What <see cref="MultipartReader.Next"/> has come upon.</summary>
internal enum MultipartStep
{
    /// <summary>All bytes are taken, and there is nothing more to say of them.</summary>
    NeedsMore,

    /// <summary>A part begins: <see cref="MultipartReader.Part"/>.</summary>
    PartBegins,

    /// <summary>Bytes of the part.</summary>
    Content,

    PartEnds,

    /// <summary>The last part is over. What comes behind it means nothing (RFC 2046 §5.1.1).</summary>
    Ends,

    /// <summary>It is refused: <see cref="MultipartReader.Fault"/>.</summary>
    Malformed,
}

/// <summary>
/// Reads a form (RFC 7578, RFC 2046 §5.1) from bytes that come in pieces of any size. It holds the head of one part, and of
/// content nothing: what could be the beginning of a delimiter is known by how many bytes of it have come.
/// </summary>
/// <param name="longestHead">The most that the head of one part may hold, in bytes.</param>
internal sealed class MultipartReader(string boundary, int longestHead)
{
    // RFC 2046 allows blanks behind a delimiter. Nobody needs more of them.
    private const int LongestPadding = 64;
    private const int LineBreak = 2;

    private readonly byte[] _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
    private readonly List<byte> _held = [];
    private State _state = State.Preamble;

    // How many bytes of the delimiter have come at the end of what was taken.
    private int _matched = LineBreak;

    // Whether the line break at the beginning of those was not content: it stood before the body, or ended a head.
    private bool _beginsBehindLineBreak = true;

    private enum State
    {
        Preamble,
        Content,

        // Behind a delimiter, up to the end of its line.
        Delimiter,
        Head,
        Over,
        Refused,
    }

    /// <summary>The part that is read.</summary>
    public FormPart Part { get; private set; } = new(null);

    /// <summary>Why it is refused.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>Whether the closing delimiter has come.</summary>
    public bool IsOver => _state == State.Over;

    /// <summary>Takes bytes up to the next thing to say. <paramref name="content"/> is valid until the next call.</summary>
    public MultipartStep Next(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content)
    {
        content = default;
        while (!bytes.IsEmpty)
        {
            var step = _state switch
            {
                State.Preamble or State.Content => Scan(ref bytes, out content),
                State.Delimiter => EndLine(ref bytes),
                State.Head => ReadHead(ref bytes),
                State.Over => Skip(ref bytes),
                _ => MultipartStep.Malformed,
            };
            if (step != MultipartStep.NeedsMore)
                return step;
        }

        return MultipartStep.NeedsMore;
    }

    private static MultipartStep Skip(ref ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return MultipartStep.NeedsMore;
    }

    private MultipartStep Scan(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content)
    {
        if (_matched > 0)
        {
            var count = bytes.CommonPrefixLength(_delimiter.AsSpan(_matched));
            _matched += count;
            bytes = bytes[count..];
            content = default;
            if (_matched == _delimiter.Length)
                return EndContent();
            if (bytes.IsEmpty)
                return MultipartStep.NeedsMore;

            // It was content after all. Only its first byte is a CR, so no other delimiter can begin within it.
            content = _delimiter.AsSpan(_beginsBehindLineBreak ? LineBreak : 0, _matched - (_beginsBehindLineBreak ? LineBreak : 0));
            (_matched, _beginsBehindLineBreak) = (0, false);
            return Tell(content);
        }

        var found = bytes.IndexOf(_delimiter);
        if (found == 0)
        {
            content = default;
            bytes = bytes[_delimiter.Length..];
            return EndContent();
        }

        _matched = found > 0 ? 0 : BeginningAtEnd(bytes);
        content = found > 0 ? bytes[..found] : bytes[..^_matched];
        bytes = found > 0 ? bytes[found..] : default;
        return Tell(content);
    }

    private MultipartStep Tell(ReadOnlySpan<byte> content) =>
        _state == State.Content && !content.IsEmpty ? MultipartStep.Content : MultipartStep.NeedsMore;

    // How many bytes at the end are the beginning of a delimiter.
    private int BeginningAtEnd(ReadOnlySpan<byte> bytes)
    {
        var tail = bytes[^Math.Min(bytes.Length, _delimiter.Length - 1)..];
        for (var at = tail.IndexOf((byte)'\r'); at >= 0; at = tail.IndexOf((byte)'\r'))
        {
            tail = tail[at..];
            if (_delimiter.AsSpan().StartsWith(tail))
                return tail.Length;
            tail = tail[1..];
        }

        return 0;
    }

    private MultipartStep EndContent()
    {
        var wasPart = _state == State.Content;
        (_state, _matched, _beginsBehindLineBreak) = (State.Delimiter, 0, false);
        _held.Clear();
        return wasPart ? MultipartStep.PartEnds : MultipartStep.NeedsMore;
    }

    // delimiter := CRLF "--" boundary, and then "--" at the last one, or blanks and a line break.
    private MultipartStep EndLine(ref ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _held.Add(bytes[0]);
            bytes = bytes[1..];
            if (_held is [(byte)'-', (byte)'-'])
            {
                _state = State.Over;
                return MultipartStep.Ends;
            }

            if (_held is [.., (byte)'\r', (byte)'\n'])
            {
                _state = State.Head;
                _held.Clear();
                return MultipartStep.NeedsMore;
            }

            if (!IsDelimiterEnd(_held))
                return Refuse("There is something behind a delimiter of the form (RFC 2046 §5.1.1).");
        }

        return MultipartStep.NeedsMore;
    }

    private static bool IsDelimiterEnd(List<byte> line)
    {
        if (line is [(byte)'-'])
            return true;
        for (var i = 0; i < line.Count; i++)
        {
            if (line[i] is not ((byte)' ' or (byte)'\t') && !(line[i] == '\r' && i == line.Count - 1))
                return false;
        }

        return line.Count <= LongestPadding;
    }

    private MultipartStep ReadHead(ref ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _held.Add(bytes[0]);
            bytes = bytes[1..];
            if (_held is [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
            {
                if (MultipartForm.ParseHead(Encoding.Latin1.GetString([.. _held]), out var fault) is not { } part)
                    return Refuse(fault);
                Part = part;
                _held.Clear();

                // A part without content has no line break of its own before its delimiter.
                (_state, _matched, _beginsBehindLineBreak) = (State.Content, LineBreak, true);
                return MultipartStep.PartBegins;
            }

            if (_held is [(byte)'\r', (byte)'\n'])
                return Refuse("A part has no Content-Disposition (RFC 7578 §4.2).");
            if (_held.Count >= longestHead)
                return Refuse($"The head of a part is longer than {longestHead} bytes.");
        }

        return MultipartStep.NeedsMore;
    }

    private MultipartStep Refuse(string fault)
    {
        _state = State.Refused;
        Fault = fault;
        return MultipartStep.Malformed;
    }
}
