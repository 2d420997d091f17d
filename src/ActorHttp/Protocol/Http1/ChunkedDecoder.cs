using ActorHttp.Fields;

namespace ActorHttp.Protocol.Http1;

/// <summary>
/// Decodes the chunked coding (RFC 9112 §7.1), up to and including the line of the last chunk. <see cref="HeadParser"/> parses
/// the trailer section after that line. The decoder checks and drops chunk extensions, because a recipient must ignore unknown
/// extensions (§7.1.1).
/// </summary>
internal struct ChunkedDecoder
{
    private enum Position
    {
        SizeLine,
        Bytes,
        BytesEnd,
    }

    // 15 hex digits allow chunks of almost 2^60 bytes, more than any real client sends. 16 digits could overflow a long.
    private const int MaxSizeDigits = 15;

    private LineScanner _lines;
    private Position _position;
    private long _remaining;
    private long _extensionBytes;

    public Rejection Rejection { get; private set; }

    public ReadEvent Read(ReadOnlySpan<byte> input, int extensionLimit)
    {
        var consumed = 0;
        while (true)
        {
            var rest = input[consumed..];
            switch (_position)
            {
                case Position.SizeLine:
                {
                    var budget = MaxSizeDigits + 2 + (extensionLimit - _extensionBytes);
                    var outcome = _lines.Next(rest, budget, out var line, out var taken);
                    if (outcome == LineOutcome.Unfinished)
                        return new ReadEvent(ReadEventKind.NeedMore, consumed);
                    if (outcome != LineOutcome.Complete)
                    {
                        Rejection = outcome == LineOutcome.TooLong ? Rejection.ChunkExtensionsTooLarge : Rejection.BareLineFeed;
                        return new ReadEvent(ReadEventKind.Rejected, consumed);
                    }

                    consumed += taken;
                    Rejection = TakeSizeLine(line, extensionLimit);
                    if (Rejection != Rejection.None)
                        return new ReadEvent(ReadEventKind.Rejected, consumed);
                    if (_remaining == 0)
                        return new ReadEvent(ReadEventKind.End, consumed);
                    _position = Position.Bytes;
                    break;
                }

                case Position.Bytes:
                {
                    if (rest.IsEmpty)
                        return new ReadEvent(ReadEventKind.NeedMore, consumed);
                    var length = (int)Math.Min(_remaining, rest.Length);
                    _remaining -= length;
                    if (_remaining == 0)
                        _position = Position.BytesEnd;
                    return new ReadEvent(ReadEventKind.Body, consumed + length, consumed, length);
                }

                default:
                {
                    // Checks each byte when the byte arrives, and so refuses a wrong first byte without waiting for the second
                    // byte.
                    if ((rest.Length > 0 && rest[0] != '\r') || (rest.Length > 1 && rest[1] != '\n'))
                    {
                        Rejection = Rejection.MalformedChunkEnd;
                        return new ReadEvent(ReadEventKind.Rejected, consumed);
                    }

                    if (rest.Length < 2)
                        return new ReadEvent(ReadEventKind.NeedMore, consumed);
                    consumed += 2;
                    _position = Position.SizeLine;
                    break;
                }
            }
        }
    }

    private Rejection TakeSizeLine(ReadOnlySpan<byte> line, int extensionLimit)
    {
        var digits = 0;
        _remaining = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            if (digits == MaxSizeDigits)
                return Rejection.MalformedChunkSize;
            var b = line[digits++];
            _remaining = (_remaining << 4) | (long)(b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
        }

        if (digits == 0)
            return Rejection.MalformedChunkSize;
        var extensions = line[digits..];
        _extensionBytes += extensions.Length;
        if (_extensionBytes > extensionLimit)
            return Rejection.ChunkExtensionsTooLarge;
        if (extensions.IsEmpty)
            return Rejection.None;

        // Refuses blanks before the first semicolon. The grammar allows such blanks. But no usual client sends such blanks, and
        // servers disagree about their meaning.
        if (extensions[0] != ';')
            return Rejection.MalformedChunkSize;
        return AreExtensions(extensions) ? Rejection.None : Rejection.MalformedChunkExtension;
    }

    // *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), chunk-ext-val = token / quoted-string
    private static bool AreExtensions(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            text = SkipBlanks(text);
            if (text.IsEmpty || text[0] != ';')
                return false;
            text = SkipBlanks(text[1..]);
            var name = FieldSyntax.TokenLength(text);
            if (name == 0)
                return false;
            text = text[name..];
            var behind = SkipBlanks(text);
            if (behind.IsEmpty || behind[0] != '=')
                continue;
            text = SkipBlanks(behind[1..]);
            var length = !text.IsEmpty && text[0] == '"' ? QuotedLength(text) : FieldSyntax.TokenLength(text);
            if (length == 0)
                return false;
            text = text[length..];
        }

        return true;
    }

    // Returns the length of a quoted string (RFC 9110 §5.6.4); 0 when the closing quote is missing or a control character is inside.
    private static int QuotedLength(ReadOnlySpan<byte> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
                return i + 1;
            if (text[i] == '\\' && ++i == text.Length)
                return 0;
            if (text[i] is < 0x20 and not (byte)'\t' or 0x7F)
                return 0;
        }

        return 0;
    }

    private static ReadOnlySpan<byte> SkipBlanks(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);
}
