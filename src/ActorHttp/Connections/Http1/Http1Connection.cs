using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>The stages of the end of a connection. A connection never goes back to an earlier stage.</summary>
internal enum Ending
{
    /// <summary>The connection is not ending.</summary>
    Open,

    /// <summary>The bytes in the output are the last ones. Then the socket is closed.</summary>
    Finishing,

    /// <summary>The server has sent FIN. Bytes that still arrive are thrown away.</summary>
    Closing,

    /// <summary>The transport has been ordered to reset the connection.</summary>
    Aborting,
}

/// <summary>
/// One HTTP/1.1 connection (RFC 9112). The class connects the parts, and each part keeps its own state: the input
/// (<see cref="Http1Input"/>, <see cref="Http1RequestBodies"/>), the output (<see cref="Http1Answers"/>,
/// <see cref="Http1Sources"/>, <see cref="Http1Output"/>) and the deadlines (<see cref="Http1Deadlines"/>). The class itself
/// decides how the connection ends, and what follows each event (<see cref="Settle"/>).
/// </summary>
internal sealed class Http1Connection : IConnectionProtocol
{
    private const string FailureReason = "The server failed on this request.";

    private readonly ConnectionState _state;

    // Whether the state of the byte stream is being changed. An exception meanwhile loses the position in the stream.
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

    /// <summary>The reference to the actor, which stays the same over restarts.</summary>
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

    /// <summary>The stage of the connection's end.</summary>
    public Ending Ending { get; private set; }

    /// <summary>Whether the server drains, so that the connection accepts no new requests.</summary>
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

    // Starts no timer if the first read follows at once. Most clients have sent their request already, so that read would move
    // the timer.
    public void OnOpened(bool isWaiting)
    {
        if (isWaiting)
            Deadlines.Update();
    }

    public void OnReadable()
    {
        // Until Keep, the received bytes are only in the transport's buffer. An exception before Keep may lose them.
        BeginChange();
        try
        {
            Input.Receive();
            EndChange();
            Settle();
        }
        finally
        {
            // Copies the unused bytes, because the next connection on this thread reads into the same buffer.
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

                // Answers that are in the mailbox already are handled first. The Flush after them then calls Settle once for
                // all.
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

    // Checks again whether the connection is idle, because a request may have arrived since the listener looked.
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

        // The first exchange has an answer, but its head is not written and no source has been pulled. So the exception came
        // while this answer was being prepared or written. Replaces the answer with a 500.
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
        Invariant.Holds(!_isChanging, "A message leaves the stream at a known place.");
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

    // Restores what must be true after every event. Reads what can be read, ends a connection that is done, matches the
    // transport's reading to the room in the window, and updates the deadline.
    private void Settle()
    {
        Input.ReadOn();
        EndWhenDone();
        Input.UpdateReading();
        Deadlines.Update();
    }

    // Closes the socket when no answer is due and no more requests can come.
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
            // No received byte is unused, or the client has sent FIN. So the kernel delivers the rest of the output and then
            // sends FIN.
            Transport.Close();
            return;
        }

        // Closing a socket with unread bytes resets the connection, and the reset can destroy the answer before the client has
        // read it. So the connection lingers: it sends FIN and reads on. The lingering ends when the client closes, is silent
        // for timeouts.linger, or timeouts.linger-limit is over.
        Input.Window.ReadWhatComes();
        Transport.ConfirmedClose();
    }

    // Tells the actors that work on the open exchanges that the connection ends, and forgets the exchanges.
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
                // The transport has not confirmed the reset in time.
                Host.Stop();
                break;
        }
    }
}
