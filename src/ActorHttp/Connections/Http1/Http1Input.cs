using ActorHttp.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// The way in: bytes to requests for the router, and to parts of request bodies.
/// </summary>
/// <remarks>
/// <code>
/// Requests ──head with a body──▶ Body ──answered before its end──▶ Discarding
///    ▲  │                          │                                  │
///    │  │                          ├──end, the request said close──▶ Finished
///    │  └──end, it said close──────┘                                  │
///    └─────────────end of the body──◀─(Body, Discarding)──────────────┘
/// Requests, Body and Discarding ──refused, or a failure of the server's own──▶ Lost
/// </code>
/// </remarks>
internal sealed class Http1Input
{
    // The most that one BodyChunk carries, in bytes: enough for a disk, little enough to hold for each upload.
    private const int UsualChunk = 64 * 1024;

    private readonly Http1Connection _connection;
    private readonly RequestReader _reader;
    private readonly ReceivedBytes _received;
    private Stage _stage;

    // The exchange whose body is being read, in the stage Body.
    private OpenExchange? _bodyOf;

    // Bytes thrown away, in the stage Discarding.
    private int _discarded;

    public Http1Input(Http1Connection connection)
    {
        _connection = connection;
        _reader = new RequestReader(connection.Settings.Reader);
        Window = new Http1ReceiveWindow(connection.Transport, connection.Settings.Io);
        _received = Window.Bytes;
    }

    private enum Stage
    {
        /// <summary>Between requests, or in a head.</summary>
        Requests,

        /// <summary>In a body that somebody may pull.</summary>
        Body,

        /// <summary>In a body that nobody will pull: it is thrown away, so that the next request can be found.</summary>
        Discarding,

        /// <summary>A request has said that it is the last.</summary>
        Finished,

        /// <summary>Nobody knows what the next byte would mean, so none is read.</summary>
        Lost,
    }

    /// <summary>What has been read from the transport and not used.</summary>
    public Http1ReceiveWindow Window { get; }

    /// <summary>Whether there is nothing of a next request yet.</summary>
    public bool IsBeforeRequest => _reader.IsBeforeRequest && _received.Count == 0;

    /// <summary>Whether a reader waits for a part of a body.</summary>
    public bool IsBodyAwaited => _stage == Stage.Body && _bodyOf!.Body!.IsPulled;

    /// <summary>Whether a body is being thrown away.</summary>
    public bool IsDiscarding => _stage == Stage.Discarding;

    /// <summary>Whether nothing is read any more because the stream is not understood.</summary>
    public bool IsLost => _stage == Stage.Lost;

    /// <summary>Whether the client has sent FIN.</summary>
    public bool IsPeerClosed { get; private set; }

    /// <summary>Whether all that came has been used, so that a close destroys nothing.</summary>
    public bool IsUsedUp => _received.Count == 0 && _stage is Stage.Requests or Stage.Finished;

    /// <summary>The number of the last exchange.</summary>
    public long LastNumber { get; private set; }

    /// <summary>How many bytes of the body are still to come; null when that is not known.</summary>
    public long? RemainingLength => _reader.RemainingLength;

    /// <summary>The time that the client still has for the body that is being read.</summary>
    public BodyCredit Credit { get; } = new();

    // Not while the connection lingers: the client has not seen the end yet, and what it still sends is read so that it can.
    private bool TakesBytes => _connection.Ending == Ending.Open && _stage != Stage.Lost;

    // The lines of a chunked body must fit as well, or the reader would wait for the end of one that it is never shown.
    private int LargestChunk => Math.Max(
        UsualChunk, 64 + Math.Max(_connection.Settings.Reader.ChunkExtensionSize, _connection.Settings.Reader.TrailerSectionSize));

    // A body comes in pieces as large as there is room for: each costs a call, and a message to its reader.
    private int ReadSize
    {
        get
        {
            var io = _connection.Settings.Io;
            return _reader.IsInBody
                ? Math.Max(io.FrameSize, Math.Min(UsualChunk, io.ReceiveWindow - _received.Count))
                : io.FrameSize;
        }
    }

    private bool CanRead
    {
        get
        {
            if (!TakesBytes)
                return false;
            if (_reader.IsInBody)
                return _stage != Stage.Body || _bodyOf!.Body!.IsPulled;
            var pipeline = _connection.Pipeline;
            return _stage != Stage.Finished
                && !pipeline.IsFull
                && !pipeline.IsHeld
                && (!_connection.IsDraining || pipeline.IsEmpty)
                && _connection.Output.Waiting < _connection.Settings.Io.SendWindow;
        }
    }

    /// <summary>Takes what the transport has. The window keeps it before this thread reads again.</summary>
    public void Receive()
    {
        if (!Window.Receive(ReadSize, TakesBytes))
            _connection.Deadlines.NoteThrownAway();
    }

    /// <summary>The client has sent FIN.</summary>
    public void NotePeerClosed() => IsPeerClosed = true;

    /// <summary>Reads as much as may be read now.</summary>
    public void ReadOn()
    {
        // An end that was reached with the last byte is still to be told, so an empty input is no reason not to look.
        if (!CanRead || (_received.Count == 0 && !_reader.IsInBody))
        {
            CheckForTruncation();
            return;
        }

        _connection.BeginChange();
        var moreToSee = true;
        while (moreToSee && CanRead)
            moreToSee = IsBodyAwaited && _reader.IsInBody ? ReadBody(_bodyOf!) : ReadOne();
        _connection.EndChange();
        CheckForTruncation();
    }

    /// <summary>Makes the transport's reading match the room that there is, and waits for more.</summary>
    public void UpdateReading()
    {
        if (_connection.Ending < Ending.Closing)
            Window.Update(CanRead);
        _connection.Transport.Wait();
    }

    /// <summary>The exchange has been answered before its body was read. The rest is thrown away as it comes.</summary>
    public void DiscardBodyOf(OpenExchange exchange)
    {
        exchange.Body!.Fail(exchange.Exchange, "the request has been answered");
        if (_stage != Stage.Body)
            return;
        Invariant.Holds(ReferenceEquals(_bodyOf, exchange), "Only the last exchange can have a body that is coming.");
        DiscardBody();
        Credit.Renew(_connection.Settings.Timeouts.RateGrace);
    }

    /// <summary>Nobody reads the body that is coming, because the connection ends.</summary>
    public void AbandonBody()
    {
        if (_stage == Stage.Body)
            DiscardBody();
    }

    /// <summary>Hands the request to the router.</summary>
    public void Dispatch(OpenExchange exchange)
    {
        _connection.Deadlines.NoteProgress();
        if (exchange.Head is { } head)
        {
            var request = new HttpRequest(exchange.Exchange, head.Method, head.Target, head.Version, head.Headers, head.Framing.Body)
            {
                Open = exchange,
                IsBehindOthers = !ReferenceEquals(exchange, _connection.Pipeline.First),
            };
            _connection.Server.Router.Tell(request, _connection.Self);
        }

        exchange.NoteDispatched();
    }

    /// <summary>The stream is not understood any more: nothing is read, and this is the last answer, behind those before it.</summary>
    public void Refuse(Rejection rejection)
    {
        var (status, reason) = rejection.Answer();
        Refuse(status, reason);
    }

    /// <summary>
    /// A failure of the server's own has left the stream at an unknown place. The accepted requests are answered, then one with
    /// 500 if it was being read, and the connection ends.
    /// </summary>
    public void Lose(string failure)
    {
        if (_stage == Stage.Body && _bodyOf!.IsLeaving)
        {
            _connection.Abort("its actor failed in the middle of a body that is being answered");
            return;
        }

        // The last was read, but the router has not got it.
        var pipeline = _connection.Pipeline;
        if (pipeline.Last is { IsDispatched: false, Stage: AnswerStage.Awaited } lost && pipeline.MayDispatchLast())
            _connection.Answers.Replace(lost, 500, failure);
        else if (!_reader.IsBetweenMessages || pipeline.IsEmpty)
            Refuse(500, "The server failed while it read this request.");
        LoseStage();
        if (pipeline.Last is { IsLeaving: false } last)
            last.MakeLast();
    }

    /// <summary>Gives back what is held.</summary>
    public void Release() => _received.Clear();

    /// <summary>Asserts that the state is a legal one.</summary>
    public void CheckInvariants()
    {
        Invariant.Holds((_stage == Stage.Body) == (_bodyOf is not null), "The stage Body has an exchange, and no other has.");
        Invariant.Holds(_stage != Stage.Body || _connection.Ending == Ending.Aborting || _bodyOf!.IsBodyComing, "The body that is read is coming.");
        Invariant.Holds(
            _stage != Stage.Body || _connection.Ending == Ending.Aborting || _connection.Pipeline.Find(_bodyOf!.Number) == _bodyOf,
            "The exchange whose body is read is open.");
        Invariant.Holds(_stage != Stage.Lost || _received.Count == 0, "What cannot be understood is not kept.");
    }

    // One event that is not a part of a body for its reader. Answers false when more bytes are needed.
    private bool ReadOne()
    {
        var seen = _reader.Read(_received.Unread);
        _received.Consume(seen.Consumed);
        switch (seen.Kind)
        {
            case ReadEventKind.NeedMore:
                return false;
            case ReadEventKind.Head:
                Accept(_reader.Head!);
                return true;
            case ReadEventKind.Body:
                Discard(seen.Length);
                return true;
            case ReadEventKind.End:
                EndBody();
                return true;
            default:
                Refuse(_reader.Rejection);
                return false;
        }
    }

    // Gathers what there is of a body, up to one chunk, and hands it to its reader.
    private bool ReadBody(OpenExchange exchange)
    {
        var body = exchange.Body!;
        var size = Math.Min(_received.Count, LargestChunk);
        var chunk = body.RentPart(size);
        var length = 0;
        while (true)
        {
            var unread = _received.Unread;
            var room = size - length;
            var seen = _reader.Read(unread.Length > room ? unread[..room] : unread);
            if (seen.Kind == ReadEventKind.Body)
                unread.Slice(seen.Start, seen.Length).CopyTo(chunk.AsSpan(length));
            _received.Consume(seen.Consumed);
            switch (seen.Kind)
            {
                case ReadEventKind.Body:
                    length += seen.Length;
                    if (!body.Receive(seen.Length))
                    {
                        Refuse(Rejection.BodyTooLarge);
                        return false;
                    }

                    if (length == size)
                    {
                        _connection.Bodies.Deliver(exchange, body, chunk.AsMemory(0, length));
                        return true;
                    }

                    break;
                case ReadEventKind.NeedMore:
                    // Only a part was shown, and a line of it has been read: what is behind that line may fit as well.
                    if (unread.Length > room && seen.Consumed > 0)
                        break;
                    if (length == 0)
                    {
                        body.ReleasePart();
                        return false;
                    }

                    _connection.Bodies.Deliver(exchange, body, chunk.AsMemory(0, length));
                    return true;
                case ReadEventKind.End:
                    EndBody();
                    if (length > 0)
                        _connection.Bodies.Deliver(exchange, body, chunk.AsMemory(0, length));
                    else
                        _connection.Bodies.DeliverEnd(exchange, body);
                    return true;
                default:
                    Refuse(_reader.Rejection);
                    return false;
            }
        }
    }

    private void Accept(RequestHead head)
    {
        var exchange = new OpenExchange(new Exchange(_connection.Self, ++LastNumber), head);
        _connection.Pipeline.Add(exchange);
        if (exchange.IsBodyComing)
        {
            _stage = Stage.Body;
            _bodyOf = exchange;
            Credit.Start(exchange.Number, _connection.Settings.Timeouts.RateGrace);
        }

        if (_connection.Pipeline.MayDispatchLast())
            Dispatch(exchange);
    }

    // The end of a message. A request that said close is the last that is read, whatever follows it.
    private void EndBody()
    {
        var ended = _stage switch
        {
            Stage.Body => _bodyOf,
            Stage.Requests => _connection.Pipeline.Last,
            _ => null,
        };
        if (_stage == Stage.Body)
            _bodyOf!.Body!.Complete(_reader.Trailers);
        _bodyOf = null;
        _discarded = 0;
        _stage = ended is { IsLast: true } ? Stage.Finished : Stage.Requests;
    }

    private void Discard(int bytes)
    {
        Invariant.Holds(_stage == Stage.Discarding, "Only what nobody reads is thrown away.");
        _connection.Deadlines.NoteProgress();
        Credit.Receive(bytes);
        _discarded += bytes;
        if (_discarded > _connection.Settings.Limits.DiscardedBodySize)
            _connection.StartEnding();
    }

    private void DiscardBody()
    {
        _stage = Stage.Discarding;
        _bodyOf = null;
        _discarded = 0;
    }

    // The client has ended its side. What it left unfinished will never be.
    private void CheckForTruncation()
    {
        if (!IsPeerClosed || !TakesBytes || !_reader.IsInBody || _reader.RemainingLength == 0)
            return;
        if (_stage == Stage.Body && !_bodyOf!.Body!.IsPulled && _received.Count > 0)
            return;
        if (_stage == Stage.Body)
            Refuse(Rejection.BodyIncomplete);
        else
            _connection.StartEnding();
    }

    private void Refuse(int status, string reason)
    {
        _connection.Host.Log.Debug("Refused with {0}: {1}", status, reason);
        var before = _stage;
        var exchange = _bodyOf;
        LoseStage();
        if (before == Stage.Discarding)
        {
            // The body of a request that has its answer already.
            _connection.StartEnding();
            return;
        }

        if (exchange is not null)
        {
            exchange.Body!.Fail(exchange.Exchange, reason);
            if (exchange.IsLeaving)
            {
                _connection.Abort("the request's body broke while it was being answered");
                return;
            }

            if (exchange.IsClaimed)
            {
                // Its handler acts on the request already, without the body, and answers it.
                exchange.MakeLast();
                return;
            }
        }
        else
        {
            exchange = new OpenExchange(new Exchange(_connection.Self, ++LastNumber), null);
            _connection.Pipeline.Add(exchange);
        }

        exchange.MakeLast();
        exchange.NoteDispatched();
        _connection.Answers.AnswerInstead(exchange, status, reason);
    }

    private void LoseStage()
    {
        _stage = Stage.Lost;
        _bodyOf = null;
        _received.Clear();
    }
}
