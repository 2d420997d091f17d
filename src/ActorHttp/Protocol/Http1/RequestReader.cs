using ActorHttp.Fields;
using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

internal enum ReadEventKind
{
    /// <summary>The reader needs more bytes.</summary>
    NeedMore,

    /// <summary>The head of a request is complete and is in <see cref="RequestReader.Head"/>.</summary>
    Head,

    /// <summary>A range of the input belongs to the body.</summary>
    Body,

    /// <summary>The message is complete, with its trailers in <see cref="RequestReader.Trailers"/>.</summary>
    End,

    /// <summary>The request is refused because of <see cref="RequestReader.Rejection"/>. The reader reads no further bytes.</summary>
    Rejected,
}

/// <summary>The result of one call of <see cref="RequestReader.Read"/>.</summary>
/// <param name="Kind">The kind of the result.</param>
/// <param name="Consumed">
/// The number of input bytes that the caller must drop. The next input must start with the remaining bytes, followed by new
/// bytes.
/// </param>
/// <param name="Start">For <see cref="ReadEventKind.Body"/>: the position of the first body byte in the input.</param>
/// <param name="Length">For <see cref="ReadEventKind.Body"/>: the number of body bytes.</param>
internal readonly record struct ReadEvent(ReadEventKind Kind, int Consumed, int Start = 0, int Length = 0);

/// <summary>
/// Reads requests from a stream of bytes (RFC 9112). The reader keeps no bytes: the caller drops the consumed bytes and passes
/// the rest again, followed by new bytes. The resulting requests do not depend on how the stream is split into inputs. The reader
/// never throws, whatever the input is.
/// </summary>
internal sealed class RequestReader(ReaderLimits limits)
{
    private enum Position
    {
        RequestLine,
        FieldSection,
        SizedBody,
        ChunkedBody,
        TrailerSection,
        End,
        Refused,
    }

    private readonly HeadParser _parser = new();
    private readonly KnownSection _known = new();
    private Position _position;
    private LineScanner _lines;
    private ChunkedDecoder _chunks;
    private bool _skippedEmptyLine;
    private int _sectionSize;
    private long _remaining;

    /// <summary>The head of the current request. Set by a <see cref="ReadEventKind.Head"/> event.</summary>
    public RequestHead? Head { get; private set; }

    /// <summary>The trailers of the message that has just ended.</summary>
    public HttpHeaders Trailers { get; private set; } = HttpHeaders.Empty;

    /// <summary>The reason why the reader refused the request.</summary>
    public Rejection Rejection { get; private set; }

    /// <summary>Whether the reader is between two messages and has consumed no byte of the next message.</summary>
    public bool IsBetweenMessages => _position == Position.RequestLine && !_skippedEmptyLine;

    /// <summary>
    /// Whether the reader is before a request. The reader may have consumed the one empty line that is allowed before a request line.
    /// </summary>
    public bool IsBeforeRequest => _position == Position.RequestLine;

    /// <summary>Whether the reader is in a body, in its trailers, or has not reported the end of the message yet.</summary>
    public bool IsInBody => _position is Position.SizedBody or Position.ChunkedBody or Position.TrailerSection or Position.End;

    /// <summary>The number of body bytes that the reader still expects; null for a chunked body, and 0 outside a body.</summary>
    public long? RemainingLength => _position switch
    {
        Position.SizedBody => _remaining,
        Position.ChunkedBody or Position.TrailerSection => null,
        _ => 0,
    };

    public ReadEvent Read(ReadOnlySpan<byte> input)
    {
        var consumed = 0;

        // The start of the field section in this input; -1 when the section has begun in an earlier input.
        var sectionStart = -1;
        while (true)
        {
            var rest = input[consumed..];
            switch (_position)
            {
                case Position.RequestLine:
                {
                    // Checks the first byte at once, without waiting for a complete line. A client of another protocol, such as
                    // TLS, may never send a complete line. Such a client would wait for an answer without this check.
                    if (!rest.IsEmpty && rest[0] is not ((byte)'\r' or (byte)'\n') && !FieldSyntax.IsTokenByte(rest[0]))
                        return Refuse(Rejection.NotHttp, consumed);
                    var outcome = _lines.Next(rest, limits.RequestLineSize + 2L, out var line, out var taken);
                    if (outcome != LineOutcome.Complete)
                    {
                        return Incomplete(
                            outcome, outcome == LineOutcome.TooLong ? WhyTooLong(rest) : Rejection.RequestLineTooLong, consumed);
                    }

                    consumed += taken;

                    // RFC 9112 §2.2: skips one empty line before a request, because old clients send an empty line after a body.
                    if (line.IsEmpty && !_skippedEmptyLine)
                    {
                        _skippedEmptyLine = true;
                        break;
                    }

                    var rejection = line.IsEmpty ? Rejection.MalformedRequestLine : _parser.TakeRequestLine(line);
                    if (rejection != Rejection.None)
                        return Refuse(rejection, consumed);
                    StartSection(Position.FieldSection);
                    sectionStart = consumed;
                    if (_known.Recall(input[consumed..], out var size) is { } known && _parser.FinishAs(known) is { } head)
                        return Accept(head, consumed + size);
                    break;
                }

                case Position.FieldSection:
                {
                    var outcome = _lines.Next(rest, limits.FieldSectionSize - _sectionSize, out var line, out var taken);
                    if (outcome != LineOutcome.Complete)
                        return Incomplete(outcome, Rejection.FieldSectionTooLarge, consumed);
                    consumed += taken;
                    _sectionSize += taken;
                    if (line.IsEmpty)
                        return FinishHead(sectionStart < 0 ? default : input[sectionStart..consumed], consumed);
                    var rejection = _parser.Count == limits.FieldCount ? Rejection.FieldSectionTooLarge : _parser.TakeFieldLine(line);
                    if (rejection != Rejection.None)
                        return Refuse(rejection, consumed);
                    break;
                }

                case Position.SizedBody:
                {
                    if (rest.IsEmpty)
                        return new ReadEvent(ReadEventKind.NeedMore, consumed);
                    var length = (int)Math.Min(_remaining, rest.Length);
                    _remaining -= length;
                    if (_remaining == 0)
                        _position = Position.End;
                    return new ReadEvent(ReadEventKind.Body, consumed + length, consumed, length);
                }

                case Position.ChunkedBody:
                {
                    var step = _chunks.Read(rest, limits.ChunkExtensionSize);
                    switch (step.Kind)
                    {
                        case ReadEventKind.End:
                            consumed += step.Consumed;
                            StartSection(Position.TrailerSection);
                            break;
                        case ReadEventKind.Rejected:
                            return Refuse(_chunks.Rejection, consumed + step.Consumed);
                        default:
                            return step with { Consumed = consumed + step.Consumed, Start = consumed + step.Start };
                    }

                    break;
                }

                case Position.TrailerSection:
                {
                    var outcome = _lines.Next(rest, limits.TrailerSectionSize - _sectionSize, out var line, out var taken);
                    if (outcome != LineOutcome.Complete)
                        return Incomplete(outcome, Rejection.TrailersTooLarge, consumed);
                    consumed += taken;
                    _sectionSize += taken;
                    if (line.IsEmpty)
                    {
                        Trailers = _parser.FinishTrailers();
                        _position = Position.End;
                        break;
                    }

                    var rejection = _parser.Count == limits.FieldCount ? Rejection.TrailersTooLarge : _parser.TakeTrailerLine(line);
                    if (rejection != Rejection.None)
                        return Refuse(rejection, consumed);
                    break;
                }

                case Position.End:
                    _position = Position.RequestLine;
                    _skippedEmptyLine = false;
                    return new ReadEvent(ReadEventKind.End, consumed);

                default:
                    return new ReadEvent(ReadEventKind.Rejected, 0);
            }
        }
    }

    // Returns the reason for refusing a long request line. RFC 9112 §3 asks for 501 for a long method, and 414 for a long target.
    // WhyTooLong examines no more bytes than the limit, so the result does not depend on how the input is split.
    private Rejection WhyTooLong(ReadOnlySpan<byte> line) =>
        FieldSyntax.IsToken(line[..Math.Min(line.Length, limits.RequestLineSize)]) ? Rejection.MethodTooLong : Rejection.RequestLineTooLong;

    private void StartSection(Position position)
    {
        _position = position;
        _sectionSize = 0;
    }

    private ReadEvent FinishHead(ReadOnlySpan<byte> section, int consumed)
    {
        var speaksForItself = !_parser.HasAuthority;
        var rejection = _parser.Finish(out var head);
        if (rejection != Rejection.None)
            return Refuse(rejection, consumed);
        if (!section.IsEmpty && speaksForItself)
            _known.Keep(section, head!);
        return Accept(head!, consumed);
    }

    private ReadEvent Accept(RequestHead head, int consumed)
    {
        Head = head;
        Trailers = HttpHeaders.Empty;
        switch (head.Framing.Kind)
        {
            case FramingKind.Length:
                _remaining = head.Framing.Length;
                _position = Position.SizedBody;
                break;
            case FramingKind.Chunked:
                _chunks = default;
                _position = Position.ChunkedBody;
                break;
            default:
                _position = Position.End;
                break;
        }

        return new ReadEvent(ReadEventKind.Head, consumed);
    }

    private ReadEvent Incomplete(LineOutcome outcome, Rejection tooLong, int consumed) => outcome switch
    {
        LineOutcome.Unfinished => new ReadEvent(ReadEventKind.NeedMore, consumed),
        LineOutcome.BareLineFeed => Refuse(Rejection.BareLineFeed, consumed),
        _ => Refuse(tooLong, consumed),
    };

    private ReadEvent Refuse(Rejection rejection, int consumed)
    {
        Rejection = rejection;
        _position = Position.Refused;
        return new ReadEvent(ReadEventKind.Rejected, consumed);
    }
}
