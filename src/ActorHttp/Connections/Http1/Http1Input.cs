using ActorHttp.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>The input of a connection: turns received bytes into requests for the router, and into parts of request bodies.</summary>
/// <remarks>
/// <code>
/// Requests ──head with a body──▶ Body ──answered before its end──▶ Discarding
///    ▲  │                          │                                  │
///    │  │                          ├──end of the last request──▶ Finished
///    │  └──end of the last request─┘                                  │
///    └─────────────end of the body──◀─(Body, Discarding)──────────────┘
/// Requests, Body and Discarding ──refused, or a failure of the server's own──▶ Lost
/// </code>
/// </remarks>
internal sealed class Http1Input
{
    // The usual limit of one BodyChunk, in bytes. A chunk of this size is large enough for an efficient write to a disk. The
    // chunk is also small enough that each upload can hold one in memory.
    private const int UsualChunk = 64 * 1024;

    private readonly Http1Connection _connection;
    private readonly RequestReader _reader;
    private readonly ReceivedBytes _received;
    private Stage _stage;

    // The exchange whose body is being read. Set in the stage Body only.
    private OpenExchange? _bodyOf;

    // The number of bytes discarded so far in the stage Discarding.
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
        /// <summary>Between two requests, or in a head.</summary>
        Requests,

        /// <summary>In a body that an actor may pull.</summary>
        Body,

        /// <summary>
        /// In a body that no actor will pull. The body is discarded, because the next request begins after the body.
        /// </summary>
        Discarding,

        /// <summary>After the last request of the connection. No more requests are read.</summary>
        Finished,

        /// <summary>The position in the stream is lost. The meaning of the next byte is unknown, so no more bytes are read.</summary>
        Lost,
    }

    /// <summary>The bytes that have been read from the transport and have not been used yet.</summary>
    public Http1ReceiveWindow Window { get; }

    /// <summary>Whether no byte of the next request has arrived yet.</summary>
    public bool IsBeforeRequest => _reader.IsBeforeRequest && _received.Count == 0;

    /// <summary>Whether an actor has pulled a body and waits for the next part.</summary>
    public bool IsBodyAwaited => _stage == Stage.Body && _bodyOf!.Body!.IsPulled;

    /// <summary>Whether a body is being discarded.</summary>
    public bool IsDiscarding => _stage == Stage.Discarding;

    /// <summary>Whether the input reads no more bytes, because the position in the stream is lost.</summary>
    public bool IsLost => _stage == Stage.Lost;

    /// <summary>Whether the client has sent FIN.</summary>
    public bool IsPeerClosed { get; private set; }

    /// <summary>Whether all received bytes have been used. Closing the socket then destroys no bytes.</summary>
    public bool IsUsedUp => _received.Count == 0 && _stage is Stage.Requests or Stage.Finished;

    /// <summary>The number of the exchange that was created last.</summary>
    public long LastNumber { get; private set; }

    /// <summary>The number of bytes of the body that have not been read yet. Null when the length of the body is unknown.</summary>
    public long? RemainingLength => _reader.RemainingLength;

    /// <summary>The remaining time in which the client must send more of the body that is being read.</summary>
    public BodyCredit Credit { get; } = new();

    // Whether received bytes are kept. A lingering connection reads bytes and discards them, because the close of a socket with
    // unread bytes is a reset. After a reset the client could lose the answer.
    private bool TakesBytes => _connection.Ending == Ending.Open && _stage != Stage.Lost;

    // The largest number of received bytes for one BodyChunk. This number must also be at least the length of any line of a
    // chunked body. Otherwise the request reader would never see the end of a longer line, and would wait for ever.
    private int LargestChunk => Math.Max(
        UsualChunk, 64 + Math.Max(_connection.Settings.Reader.ChunkExtensionSize, _connection.Settings.Reader.TrailerSectionSize));

    // The largest number of bytes for one read. Each read of a body costs a system call and a message to the actor that pulls
    // the body. So a read of a body may fill the room in the window, up to UsualChunk.
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

    /// <summary>
    /// Reads the bytes that the transport has, without a copy. Before this thread reads again, the window copies the unused
    /// bytes.
    /// </summary>
    public void Receive()
    {
        if (!Window.Receive(ReadSize, TakesBytes))
            _connection.Deadlines.NoteThrownAway();
    }

    /// <summary>Notes that the client has sent FIN.</summary>
    public void NotePeerClosed() => IsPeerClosed = true;

    /// <summary>Turns received bytes into requests and body parts, as long as the connection can use them now.</summary>
    public void ReadOn()
    {
        // Inside a body, the input continues even without bytes. The last byte of the body may have been read already. The
        // actor that pulls the body then still needs the end of the body.
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

    /// <summary>
    /// Suspends or resumes the transport's reading by the room in the window, and orders the transport to wait for more bytes.
    /// </summary>
    public void UpdateReading()
    {
        if (_connection.Ending < Ending.Closing)
            Window.Update(CanRead);
        _connection.Transport.Wait();
    }

    /// <summary>
    /// Discards the rest of the request's body while the body arrives, because the exchange has been answered already.
    /// </summary>
    public void DiscardBodyOf(OpenExchange exchange)
    {
        exchange.Body!.Fail(exchange.Exchange, "the request has been answered");
        if (_stage != Stage.Body)
            return;
        Invariant.Holds(ReferenceEquals(_bodyOf, exchange), "Only the last exchange can have a body that is coming.");
        DiscardBody();
        Credit.Renew(_connection.Settings.Timeouts.RateGrace);
    }

    /// <summary>Discards the body that is being read, because the connection ends.</summary>
    public void AbandonBody()
    {
        if (_stage == Stage.Body)
            DiscardBody();
    }

    /// <summary>Sends the request to the router.</summary>
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

    /// <summary>
    /// Answers with this rejection and reads no more, because the position in the stream is lost. The rejection follows the
    /// answers to earlier requests, and is the last answer of the connection.
    /// </summary>
    public void Refuse(Rejection rejection)
    {
        var (status, reason) = rejection.Answer();
        Refuse(status, reason);
    }

    /// <summary>
    /// Stops reading after an exception in the server's own code, because the position in the stream is lost. The connection
    /// answers the accepted requests, and answers 500 to a request that was being read. Then the connection ends.
    /// </summary>
    public void Lose(string failure)
    {
        if (_stage == Stage.Body && _bodyOf!.IsLeaving)
        {
            _connection.Abort("the connection's actor failed while it read a body whose answer had begun");
            return;
        }

        // The last request has been read, but has not been sent to the router.
        var pipeline = _connection.Pipeline;
        if (pipeline.Last is { IsDispatched: false, Stage: AnswerStage.Awaited } lost && pipeline.MayDispatchLast())
            _connection.Answers.Replace(lost, 500, failure);
        else if (!_reader.IsBetweenMessages || pipeline.IsEmpty)
            Refuse(500, "The server failed while it read this request.");
        LoseStage();
        if (pipeline.Last is { IsLeaving: false } last)
            last.MakeLast();
    }

    /// <summary>Gives back the memory of the received bytes.</summary>
    public void Release() => _received.Clear();

    /// <summary>Throws an exception when the state is not legal.</summary>
    public void CheckInvariants()
    {
        Invariant.Holds((_stage == Stage.Body) == (_bodyOf is not null), "The stage Body has an exchange, and no other has.");
        Invariant.Holds(
            _stage != Stage.Body || _connection.Ending == Ending.Aborting || _bodyOf!.IsBodyComing, "The body that is read is coming.");
        Invariant.Holds(
            _stage != Stage.Body || _connection.Ending == Ending.Aborting || _connection.Pipeline.Find(_bodyOf!.Number) == _bodyOf,
            "The exchange whose body is read is open.");
        Invariant.Holds(_stage != Stage.Lost || _received.Count == 0, "A lost stream keeps no bytes.");
    }

    // Reads one event of the stream: a head, a part of a body to discard, or the end of a request. Returns false when the
    // request reader needs more bytes, or when the request is refused.
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

    // Collects the received bytes of a body, up to one chunk, and sends the chunk to the actor that pulls the body. Returns
    // false when the request reader needs more bytes, or when the body is refused.
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
                    // The request reader has seen only the first bytes of the window, and has used a line of a chunked body.
                    // The bytes after this line may still fit into the chunk.
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

    // Handles the end of a request. If the connection ends with this request, no other request is read.
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
        Invariant.Holds(_stage == Stage.Discarding, "Only a body without a reader is thrown away.");
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

    // Checks for a FIN inside a body. After the FIN, the rest of the body will never arrive, so the request is refused. If the
    // body is being discarded, the connection ends without a refusal.
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
            // The request of this body has been answered already.
            _connection.StartEnding();
            return;
        }

        if (exchange is not null)
        {
            exchange.Body!.Fail(exchange.Exchange, reason);
            if (exchange.IsLeaving)
            {
                _connection.Abort("the request's body was invalid or incomplete after its answer had begun");
                return;
            }

            if (exchange.IsClaimed)
            {
                // The handler has claimed the exchange, so only the handler may answer. The handler processes the request
                // without the body, and answers the request.
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
