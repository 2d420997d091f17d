using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>The stages in which a connection ends. A connection never returns to an earlier stage.</summary>
internal enum Ending
{
    /// <summary>The connection is not ending.</summary>
    Open,

    /// <summary>The bytes in the output are the last bytes of the connection. After these bytes the socket is closed.</summary>
    Finishing,

    /// <summary>The server has sent FIN. Bytes that still arrive are discarded.</summary>
    Closing,

    /// <summary>The transport has been ordered to reset the connection.</summary>
    Aborting,
}

/// <summary>
/// One HTTP/1.1 connection (RFC 9112). The class combines several parts, each with a state of its own: the input
/// (<see cref="Http1Input"/>, <see cref="Http1RequestBodies"/>), the output (<see cref="Http1Answers"/>,
/// <see cref="Http1Sources"/>, <see cref="Http1Output"/>) and the deadlines (<see cref="Http1Deadlines"/>). The class itself
/// decides how the connection ends, and does the common work after each event (<see cref="Settle"/>).
/// </summary>
internal sealed class Http1Connection : IConnectionProtocol
{
    private const string FailureReason = "The server failed on this request.";

    private readonly ConnectionState _state;

    // Whether the state of the byte stream is being changed. An exception during such a change loses the position in the
    // stream.
    private bool _isChanging;
    private Recovery _recovery;
    private long _recoveryNumber;

    public Http1Connection(ConnectionState state)
    {
        _state = state;
        Transport = state.Transport;
        Server = state.Server;
        Settings = state.Server.Settings;
        Pipeline = new Pipeline<OpenExchange>(Settings.Limits.Pipelining);
        Input = new Http1Input(this);
        Bodies = new Http1RequestBodies(this);
        Output = new Http1Output(state.Transport);
        Answers = new Http1Answers(this);
        Sources = new Http1Sources(this);
        Deadlines = new Http1Deadlines(this);
    }

    /// <summary>The actor of the connection. Each restart sets a new actor.</summary>
    public IConnectionHost Host { get; private set; } = null!;

    /// <summary>The reference to the connection's actor. The reference stays the same over restarts.</summary>
    public IActorRef Self { get; private set; } = ActorRefs.Nobody;

    public ITransport Transport { get; }

    public ServerContext Server { get; }

    public ActorHttpSettings Settings { get; }

    /// <summary>The open exchanges, in the order of their requests.</summary>
    public Pipeline<OpenExchange> Pipeline { get; }

    public Http1Input Input { get; }

    public Http1RequestBodies Bodies { get; }

    public Http1Output Output { get; }

    public Http1Answers Answers { get; }

    public Http1Sources Sources { get; }

    public Http1Deadlines Deadlines { get; }

    /// <summary>The stage in which the connection ends.</summary>
    public Ending Ending { get; private set; }

    /// <summary>Whether the server drains. A draining connection accepts no new requests.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>The time since which the listener may close the connection (<see cref="ConnectionState.SpareSince"/>).</summary>
    public long SpareSince
    {
        get => _state.SpareSince;
        set => _state.SpareSince = value;
    }

    public int OpenRequests => Ending > Ending.Finishing ? 0
        : Pipeline.Count > 0 ? Pipeline.Count
        : Output.IsEmpty && Input.IsBeforeRequest ? 0 : 1;

    public void Attach(IConnectionHost host)
    {
        Host = host;
        Self = host.Self;
    }

    // Starts no timer if the first read follows at once. Most clients have already sent their request at that time. So the read
    // would change the deadline at once, and the timer would be useless.
    public void OnOpened(bool isWaiting)
    {
        if (isWaiting)
            Deadlines.Update();
    }

    public void OnReadable()
    {
        // Before Keep, the received bytes are only in the transport's buffer. An exception before Keep may lose these bytes.
        BeginChange();
        try
        {
            Input.Receive();
            EndChange();
            Settle();
        }
        finally
        {
            // Copies the unused bytes, because the next connection on this thread receives into the same buffer.
            var isChanging = _isChanging;
            BeginChange();
            Input.Window.Keep();
            _isChanging = isChanging;
        }
    }

    public void OnWritable()
    {
        if (Output.OnWritable())
        {
            Answers.SendInterims();
            Output.Send();
            if (!Output.IsBusy && Pipeline.First is { Source: not null })
                Answers.Advance();
        }

        Settle();
    }

    public void OnPeerClosed()
    {
        Input.NotePeerClosed();
        Settle();
    }

    public bool OnMessage(object message)
    {
        switch (message)
        {
            case HttpResponse response:
                Answers.OnResponse(response);

                // First handles the answers that are already in the mailbox. The Flush behind these answers then calls Settle
                // only once.
                if (Output.IsFlushDue)
                    return true;
                break;
            case Flush:
                Output.OnFlush();
                break;
            case PullBody pull:
                Bodies.OnPull(pull);
                break;
            case BodyChunk chunk:
                Sources.OnChunk(chunk);
                break;
            case BodyEnd end:
                Sources.OnEnd(end);
                break;
            case BodyRest rest:
                Sources.OnRest(rest);
                break;
            case BodyFailed failed:
                Sources.OnFailed(failed);
                break;
            case InterimResponse interim:
                Answers.OnInterim(interim);
                break;
            case CancelBody cancel:
                Bodies.OnCancel(cancel);
                break;
            case LimitBody limit:
                Bodies.OnLimit(limit);
                break;
            case FollowExchange follow:
                Answers.OnFollow(follow);
                break;
            case ClaimExchange claim:
                Answers.OnClaim(claim);
                break;
            case DropExchange drop:
                Answers.OnDrop(drop);
                break;
            case PostponeRequest postpone:
                Answers.OnPostpone(postpone);
                break;
            case Terminated terminated:
                Sources.OnTerminated(terminated.ActorRef);
                break;
            default:
                return false;
        }

        Settle();
        return true;
    }

    public void OnDeadline()
    {
        if (Deadlines.Check() is { } wait)
            Expire(wait);
        Settle();
    }

    public void OnDrain()
    {
        IsDraining = true;
        Settle();
    }

    public void OnDrainEnded()
    {
        Abort("the time to drain is up");
        Settle();
    }

    // Checks again whether the connection is idle, because a request may have arrived after the listener chose this connection.
    public bool OnMakeRoom()
    {
        var isSpare = true;
        if (Ending == Ending.Open
            && Input.IsBeforeRequest
            && Pipeline.IsEmpty
            && Deadlines.HasBeenIdle
            && !Output.IsFlushDue
            && !Transport.HasUnread)
        {
            CloseSocket();
        }
        else if (Ending == Ending.Closing && SpareSince <= Host.Now.Ticks)
        {
            Abort("a new client needs this connection's place");
        }
        else
        {
            isSpare = false;
        }

        Settle();
        return isSpare;
    }

    public void OnClosed() => Abandon("the connection ended");

    public void OnFailure(object? message) => _recovery = Http1Restart.Decide(message, Pipeline, _isChanging, out _recoveryNumber);

    public bool Recover()
    {
        EndChange();
        Output.ForgetFlush();
        Deadlines.Restart();
        if (_recovery == Recovery.Stop)
            return false;

        // The first exchange has an answer, but the head of the answer is not written and no source has been pulled. So the
        // actor threw while it prepared or wrote this answer. Replaces the answer with a 500.
        if (Pipeline.First is { IsLeaving: false, Response: not null, IsSourcePulled: false } unwritable)
            Answers.Replace(unwritable, 500, FailureReason);

        switch (_recovery)
        {
            case Recovery.Abort:
                Abort("the connection's actor failed while an answer was being sent");
                break;
            case Recovery.AnswerError when Pipeline.Find(_recoveryNumber) is { } exchange:
                if (exchange.Stage == AnswerStage.Awaited || exchange.Source is not null)
                    Answers.Replace(exchange, 500, FailureReason);
                break;
            case Recovery.AnswerErrorAndClose when Ending == Ending.Open:
                Input.Lose(FailureReason);
                Answers.Advance();
                break;
        }

        if (Ending < Ending.Closing)
            Input.Window.Repeat();
        Answers.Advance();
        Output.Send();
        Settle();
        return true;
    }

    public void Release()
    {
        try
        {
            Abandon("the connection ended");
        }
        finally
        {
            Input.Release();
            Output.Release();
        }
    }

    public void CheckInvariants()
    {
        Invariant.Holds(!_isChanging, "After each message, the position in the stream is known.");
        Invariant.Holds(Ending is Ending.Open or Ending.Aborting || Pipeline.IsEmpty, "A connection that ends has no open exchange.");
        for (var i = 0; i < Pipeline.Count; i++)
        {
            var exchange = Pipeline[i];
            Invariant.Holds(exchange.Number == Pipeline.First!.Number + i, "The exchanges are in the order of their requests.");
            Invariant.Holds(i == 0 || exchange.Stage <= AnswerStage.Given, "Only the first answer leaves.");
            Invariant.Holds(i == Pipeline.Count - 1 || exchange.IsDispatched, "Only the last waits for those before it.");
        }

        Input.CheckInvariants();
        Output.CheckInvariants();
        Deadlines.CheckInvariants();
    }

    /// <summary>Begins a change of the byte stream. An exception before <see cref="EndChange"/> loses the position in the stream.</summary>
    public void BeginChange() => _isChanging = true;

    /// <summary>Ends a change of the byte stream.</summary>
    public void EndChange() => _isChanging = false;

    /// <summary>Ends the connection after the bytes that are in the output now.</summary>
    public void StartEnding()
    {
        if (Ending != Ending.Open)
            return;
        Ending = Ending.Finishing;
        Abandon("the connection closes");
        Output.Send();
    }

    /// <summary>Resets the connection.</summary>
    public void Abort(string why)
    {
        if (Ending == Ending.Aborting)
            return;
        Host.Log.Debug("Resetting the connection: {0}", why);
        Ending = Ending.Aborting;
        Output.Close();
        Transport.Abort();
    }

    // Does the common work after each event: uses the received bytes, and ends a connection that has nothing more to do. Then
    // suspends or resumes the transport's reading by the room in the window, and updates the deadline.
    private void Settle()
    {
        Input.ReadOn();
        EndWhenDone();
        Input.UpdateReading();
        Deadlines.Update();
    }

    // Closes the socket when all answers are sent and no more requests can come.
    private void EndWhenDone()
    {
        if (!Output.IsEmpty)
            return;
        var isOver = Ending switch
        {
            Ending.Finishing => true,
            Ending.Open => Pipeline.IsEmpty
                && (Input.IsPeerClosed || Input.IsLost || (IsDraining && Input.IsBeforeRequest && Deadlines.HasBeenIdle)),
            _ => false,
        };
        if (isOver)
            CloseSocket();
    }

    private void CloseSocket()
    {
        Ending = Ending.Closing;
        Output.Close();
        Deadlines.BeginLinger();
        if (Input.IsPeerClosed || Input.IsUsedUp)
        {
            // All received bytes are used, or the client has sent FIN. So closing the socket causes no reset: the kernel
            // delivers the rest of the output and then sends FIN.
            Transport.Close();
            return;
        }

        // Closing a socket with unread bytes resets the connection, and the reset can destroy the answer before the client has
        // read the answer. So the connection lingers: the server sends FIN and continues to read. The lingering ends when the
        // client closes, when the client is silent for timeouts.linger, or when timeouts.linger-limit has passed.
        Input.Window.ReadWhatComes();
        Transport.ConfirmedClose();
    }

    // Tells the handlers and the sources of all open exchanges that the connection ends, and forgets the exchanges.
    private void Abandon(string why)
    {
        for (var i = 0; i < Pipeline.Count; i++)
            Answers.Abandon(Pipeline[i], why);
        Pipeline.Clear();
        Input.AbandonBody();
    }

    private void Expire(Wait wait)
    {
        switch (wait)
        {
            case Wait.Idle:
            case Wait.LastRequest:
                CloseSocket();
                break;
            case Wait.RequestHead:
            case Wait.RequestBody:
                Input.Refuse(Rejection.RequestTimeout);
                break;
            case Wait.Handler when Pipeline.First is { IsLeaving: false } exchange:
                Answers.AnswerInstead(exchange, 503, "The server took too long to answer.");
                break;
            case Wait.Commit:
                Abort("the handler took longer than timeouts.commit after its claim");
                break;
            case Wait.Handler:
                Abort("the source of the answer's body sent nothing for timeouts.handler");
                break;
            case Wait.Response:
                Abort("the client reads the answer more slowly than rates.response");
                break;
            case Wait.Linger when Ending == Ending.Closing:
                Abort("the client did not close in time");
                break;
            case Wait.Linger:
                // The transport has not confirmed the reset before the deadline.
                Host.Stop();
                break;
        }
    }
}
