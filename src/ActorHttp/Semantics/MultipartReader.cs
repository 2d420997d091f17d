using System.Text;

namespace ActorHttp.Semantics;

/// <summary>The result of one call of <see cref="MultipartReader.Next"/>.</summary>
public enum MultipartStep
{
    /// <summary>The reader has consumed all bytes and needs more.</summary>
    NeedsMore,

    /// <summary>The head of a part is complete and is in <see cref="MultipartReader.Part"/>.</summary>
    PartBegins,

    /// <summary>The reader returns bytes of the current part.</summary>
    Content,

    /// <summary>The current part is complete.</summary>
    PartEnds,

    /// <summary>The form is complete. The reader ignores all bytes after the form (RFC 2046 §5.1.1).</summary>
    Ends,

    /// <summary>The form is malformed. The reason is in <see cref="MultipartReader.Fault"/>.</summary>
    Malformed,
}

/// <summary>
/// Reads a form (RFC 7578, RFC 2046 §5.1) from bytes that arrive in pieces of any size. The reader buffers the head of one part,
/// but no content. When the input ends with a possible start of a delimiter, the reader stores only the number of matched bytes.
/// The bytes themselves are equal to the start of the delimiter, so no copy is needed.
/// </summary>
/// <param name="boundary">The boundary of the form (<see cref="MultipartForm.BoundaryOf"/>).</param>
/// <param name="longestHead">The maximum size of the head of one part, in bytes.</param>
public sealed class MultipartReader(string boundary, int longestHead)
{
    // The maximum number of bytes after a delimiter on its line. RFC 2046 sets no limit for blanks after a delimiter.
    private const int LongestPadding = 64;
    private const int LineBreak = 2;

    private readonly byte[] _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
    private readonly List<byte> _held = [];
    private State _state = State.Preamble;

    // The number of delimiter bytes that the consumed input ends with. The initial value includes a CRLF, because the first delimiter
    // of a form may have no CRLF before it.
    private int _matched = LineBreak;

    // Whether the CRLF in the matched bytes does not belong to the content. True at the start of the body, and directly after the
    // head of a part.
    private bool _beginsBehindLineBreak = true;

    private enum State
    {
        Preamble,
        Content,

        // After a delimiter, up to the end of its line.
        Delimiter,
        Head,
        Over,
        Refused,
    }

    /// <summary>The current part.</summary>
    public FormPart Part { get; private set; } = new(null);

    /// <summary>The reason why the form is malformed, as an error message for the client.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>Whether the reader has reached the closing delimiter.</summary>
    public bool IsOver => _state == State.Over;

    /// <summary>
    /// Consumes bytes up to the next event and returns the event. <paramref name="content"/> is valid until the next call.
    /// </summary>
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

            // The matched bytes were content. No other delimiter can start inside the matched bytes, because only the first of
            // these bytes is a CR.
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

    // Returns the number of bytes at the end that can be the start of a delimiter.
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

    // Reads the rest of the line of a delimiter: "--" after the closing delimiter, or blanks and a CRLF after any other
    // delimiter.
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

                // When the part is empty, the next delimiter follows the head directly. The CRLF at the end of the head is then
                // also the start of the delimiter.
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
