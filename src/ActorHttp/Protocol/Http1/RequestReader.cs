using ActorHttp.Fields;
using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

internal enum ReadEventKind
{
    /// <summary>Nothing more to say until more bytes come.</summary>
    NeedMore,

    /// <summary><see cref="RequestReader.Head"/> is a request's head.</summary>
    Head,

    /// <summary>A range of the input is body.</summary>
    Body,

    /// <summary>The message is complete, and <see cref="RequestReader.Trailers"/> are its trailers.</summary>
    End,

    /// <summary>The request is refused for <see cref="RequestReader.Rejection"/>, and nothing is read any more.</summary>
    Rejected,
}

/// <summary>What a look at the input gave.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Consumed">How many bytes of the input are done with; the rest must be shown again, with more behind it.</param>
/// <param name="Start">For <see cref="ReadEventKind.Body"/>: where the body bytes start in the input.</param>
/// <param name="Length">For <see cref="ReadEventKind.Body"/>: how many there are.</param>
internal readonly record struct ReadEvent(ReadEventKind Kind, int Consumed, int Start = 0, int Length = 0);

/// <summary>
/// Reads requests from a stream of bytes (RFC 9112). It owns no bytes: the caller shows it what it has, drops what is
/// consumed and shows the rest again with more behind it. However the stream is split, the events are the same. No
/// input makes it throw.
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

    /// <summary>The head of the request that is being read; set by a <see cref="ReadEventKind.Head"/> event.</summary>
    public RequestHead? Head { get; private set; }

    /// <summary>The trailers of the message that just ended.</summary>
    public HttpHeaders Trailers { get; private set; } = HttpHeaders.Empty;

    /// <summary>Why the stream was refused.</summary>
    public Rejection Rejection { get; private set; }

    /// <summary>Whether the reader stands between two messages, with not a byte of the next one taken.</summary>
    public bool IsBetweenMessages => _position == Position.RequestLine && !_skippedEmptyLine;

    /// <summary>Whether no request has begun; the empty line that is forgiven before one may have been taken.</summary>
    public bool IsBeforeRequest => _position == Position.RequestLine;

    /// <summary>Whether a body, or its trailers, are being read.</summary>
    public bool IsInBody => _position is Position.SizedBody or Position.ChunkedBody or Position.TrailerSection or Position.End;

    /// <summary>How many bytes of body are still to come, when its length was declared; null for a chunked one.</summary>
    public long? RemainingLength => _position switch
    {
        Position.SizedBody => _remaining,
        Position.ChunkedBody or Position.TrailerSection => null,
        _ => 0,
    };

    public ReadEvent Read(ReadOnlySpan<byte> input)
    {
        var consumed = 0;

        // Where the field section begins in this input, when all of it is there.
        var sectionStart = -1;
        while (true)
        {
            var rest = input[consumed..];
            switch (_position)
            {
                case Position.RequestLine:
                {
                    // Before the line is complete: a client that speaks something else, TLS say, may never send one.
                    if (!rest.IsEmpty && rest[0] is not ((byte)'\r' or (byte)'\n') && !FieldSyntax.IsTokenByte(rest[0]))
                        return Refuse(Rejection.NotHttp, consumed);
                    var outcome = _lines.Next(rest, limits.RequestLineSize + 2L, out var line, out var taken);
                    if (outcome != LineOutcome.Complete)
                        return Incomplete(outcome, outcome == LineOutcome.TooLong ? WhyTooLong(rest) : Rejection.RequestLineTooLong, consumed);
                    consumed += taken;

                    // RFC 9112 §2.2: one empty line before a request is forgiven, for clients of old that end a body with one.
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

    // RFC 9112 §3: a method that is longer than any known one is 501, a target that is too long is 414. Only as many bytes count
    // as the limit allows, so the answer does not depend on how the line was split.
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
