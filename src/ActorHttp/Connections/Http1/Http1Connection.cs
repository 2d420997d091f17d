using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>How far the end of a connection has come. It only ever goes on.</summary>
internal enum Ending
{
    /// <summary>The connection is not ending.</summary>
    Open,

    /// <summary>What is in the output is the last; then the socket is closed.</summary>
    Finishing,

    /// <summary>FIN is sent; what still comes in is thrown away.</summary>
    Closing,

    /// <summary>The socket has been told to reset.</summary>
    Aborting,
}

/// <summary>
/// One HTTP/1.1 connection (RFC 9112). It joins the parts, each of which keeps the state of its own rule: the way in
/// (<see cref="Http1Input"/>, <see cref="Http1RequestBodies"/>), the way out (<see cref="Http1Answers"/>, <see cref="Http1Sources"/>, <see cref="Http1Output"/>) and the
/// waits (<see cref="Http1Deadlines"/>). Its own rules are the end of the connection, and what follows each event
/// (<see cref="Settle"/>).
/// </summary>
internal sealed class Http1Connection : IConnectionProtocol
{
    private const string FailureReason = "The server failed on this request.";

    private readonly ConnectionState _state;

    // An exception that finds it set has left the stream at an unknown place.
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

    /// <summary>The actor of the connection.</summary>
    public IConnectionHost Host { get; private set; } = null!;

    /// <summary>The reference to the actor, which its restarts keep.</summary>
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

    /// <summary>How far the end has come.</summary>
    public Ending Ending { get; private set; }

    /// <summary>Whether the server takes no new requests.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Since when the connection is of no use (<see cref="ConnectionState.SpareSince"/>).</summary>
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

    // A timer that starts before the first read is moved by that read: most clients have sent their request already.
    public void OnOpened(bool isWaiting)
    {
        if (isWaiting)
            Deadlines.Update();
    }

    public void OnReadable()
    {
        // The bytes are borrowed from the transport, and nowhere else.
        BeginChange();
        try
        {
            Input.Receive();
            EndChange();
            Settle();
        }
        finally
        {
            // The next connection that this thread runs reads into the same buffer.
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

                // The answers that are in the mailbox already are seen first: what has to hold, holds when the flush has been.
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

    // The listener has found this connection idle, but a request may have come since.
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
            Abort("a new client needs its place");
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

        // An answer that is first and has not begun to leave is one that could not be written: any other would be on its way.
        // One whose source has been asked for its first part is not.
        if (Pipeline.First is { IsLeaving: false, Response: not null, IsSourcePulled: false } unwritable)
            Answers.Replace(unwritable, 500, FailureReason);

        switch (_recovery)
        {
            case Recovery.Abort:
                Abort("its actor failed while an answer was on the wire");
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
        Invariant.Holds(Ending is Ending.Open or Ending.Aborting || Pipeline.IsEmpty, "What ends has no open exchange.");
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

    /// <summary>Begins a change of the stream: a failure in it leaves the stream at an unknown place.</summary>
    public void BeginChange() => _isChanging = true;

    /// <summary>The change is complete.</summary>
    public void EndChange() => _isChanging = false;

    /// <summary>What is in the output is the last that this connection sends.</summary>
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

    // What has to hold after every event: what can be read is read, what is over ends, the transport's reading matches the room
    // there is, and the deadline is that of what is waited for.
    private void Settle()
    {
        Input.ReadOn();
        EndWhenDone();
        Input.UpdateReading();
        Deadlines.Update();
    }

    // The connection is over when nothing is owed and nothing more can come.
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
            // Nothing unread that we know of: the kernel delivers what is left and sends FIN.
            Transport.Close();
            return;
        }

        // To close a socket with unread bytes resets it, and the reset can destroy the answer before the client has read it.
        // So the connection sends FIN, and reads on until the client closes, is silent for too long, or has had its time.
        Input.Window.ReadWhatComes();
        Transport.ConfirmedClose();
    }

    // Those who still work for this client are told that nobody waits any more.
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
                Abort("the handler took too long to do what it had claimed");
                break;
            case Wait.Handler:
                Abort("the source of a body was silent for too long");
                break;
            case Wait.Response:
                Abort("the client takes too little of the answer");
                break;
            case Wait.Linger when Ending == Ending.Closing:
                Abort("the client did not close in time");
                break;
            case Wait.Linger:
                // The transport has not even confirmed the reset.
                Host.Stop();
                break;
        }
    }
}
