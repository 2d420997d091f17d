using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>
/// One client. It turns the bytes that come into requests for the router, and the answers that come back, in
/// whatever order, into bytes in the order of the requests. This file holds the life of the connection: its messages,
/// its end and its deadlines; ConnectionActor.Requests.cs the way in, ConnectionActor.Responses.cs and ConnectionActor.Sources.cs the way out.
/// </summary>
/// <remarks>
/// All state that must outlive a restart is in <see cref="Wire"/>. What the actor itself holds (the deadline) can be
/// worked out again.
/// </remarks>
internal sealed partial class ConnectionActor : UntypedActor, IWithTimers
{
    private const string FailureReason = "The server failed on this request.";

    private readonly Wire _wire;
    private ILoggingAdapter? _log;
    private bool _flushScheduled;

    /// <summary>A connection on this wire.</summary>
    public ConnectionActor(Wire wire) => _wire = wire;

    /// <summary>A connection with this state, which its actor's restarts share.</summary>
    public static Props Props(Wire wire) =>
        Akka.Actor.Props.Create(typeof(ConnectionActor), wire).WithDeploy(Deploy.Local).WithDispatcher(ActorHttpSettings.Dispatcher);

    // Made when something is said: most connections never do, and one that is idle should hold nothing that it can do without.
    private ILoggingAdapter Log => _log ??= Context.GetLogger();

    // Not while it lingers: the client has not seen yet that we are done, and what it still says is read so that it can.
    private bool TakesBytes => _wire.Ending == Ending.Open && !_wire.IsStreamLost;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _wire.Transport.Open(Self);
        UpdateDeadline();
    }

    // Without base: it would stop the coding actors and run PostStop.
    protected override void PreRestart(Exception reason, object message)
    {
        _wire.Recovery = ConnectionRestart.Decide(_wire, message, out var number);
        _wire.RecoveryNumber = number;
    }

    // Without base: it would run PreStart, and register twice.
    protected override void PostRestart(Exception reason)
    {
        _wire.IsDirty = false;
        if (_wire.Recovery == Recovery.Stop)
        {
            Context.Stop(Self);
            return;
        }

        // An answer that is first and has not begun to leave is one that could not be written: any other would be on its way.
        // One whose source has been asked for its first part is not.
        if (_wire.Pipeline.First is { IsHeadWritten: false, Response: not null, IsSourcePulled: false } unwritable)
            Replace(unwritable, 500, FailureReason);

        switch (_wire.Recovery)
        {
            case Recovery.Abort:
                Abort("its actor failed while an answer was on the wire");
                break;
            case Recovery.AnswerError when _wire.Pipeline.Find(_wire.RecoveryNumber) is { } slot:
                if (slot.Response is null || slot.Source is not null)
                    Replace(slot, 500, FailureReason);
                break;
            case Recovery.AnswerErrorAndClose:
                LoseTheStream();
                break;
        }

        if (_wire.Ending < Ending.Closing && _wire.IsReadingSuspended)
            _wire.Transport.SuspendReading();
        else if (_wire.Ending < Ending.Closing)
            _wire.Transport.ResumeReading();
        Advance();
        SendOutput();
        Settle();
    }

    // Also when supervision gives up: a socket that is still open is then reset.
    protected override void PostStop()
    {
        Abandon("the connection ended");
        _wire.Transport.Release();
        _wire.Input.Clear();
        _wire.Output.Abandon();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HttpResponse response:
                OnResponse(response);

                // The answers that are in the mailbox already are seen first: what has to hold, holds when the flush has been.
                if (_flushScheduled)
                    return;
                break;
            case InterimResponse interim:
                OnInterim(interim);
                break;
            case TransportReadable:
                OnReadable();
                return;
            case TransportWritable:
                OnWritten(_wire.Transport.WriteOn());
                break;
            case Flush:
                _flushScheduled = false;
                SendOutput();
                break;
            case PullBody pull:
                OnPullBody(pull);
                break;
            case BodyChunk chunk:
                OnBodyChunk(chunk);
                break;
            case BodyEnd end:
                OnBodyEnd(end);
                break;
            case BodyRest rest:
                OnBodyRest(rest);
                break;
            case BodyFailed failed:
                OnBodyFailed(failed);
                break;
            case CancelBody cancel:
                OnCancelBody(cancel);
                break;
            case LimitBody limit:
                OnLimitBody(limit);
                break;
            case FollowExchange follow:
                OnFollow(follow);
                break;
            case ClaimExchange claim:
                OnClaim(claim);
                break;
            case DropExchange drop:
                OnDrop(drop);
                break;
            case PostponeRequest postpone:
                OnPostpone(postpone);
                break;
            case DeadlineCheck:
                OnDeadlineCheck();
                break;
            case CountOpenRequests:
                Context.Parent.Tell(new OpenRequests(_wire.OpenRequests), Self);
                return;
            case Drain:
                _wire.IsDraining = true;
                break;
            case MakeRoom:
                OnMakeRoom();
                break;
            case EndDrain:
                Abort("the time to drain is up");
                break;
            case Terminated terminated:
                OnSourceGone(terminated.ActorRef);
                break;
            case TransportPeerClosed:
                _wire.IsPeerClosed = true;
                break;
            case TransportClosed:
                Abandon("the connection ended");
                Context.Stop(Self);
                return;
            default:
                Unhandled(message);
                break;
        }

        Settle();
    }

    // What has to hold after every message: what can be read is read, the socket's reading matches the room there is,
    // and the deadline is that of what is being waited for.
    private void Settle()
    {
        ReadOn();
        EndWhenDone();
        UpdateReading();
        UpdateDeadline();
    }

    private void OnReadable()
    {
        // Between the kernel and our input bytes are nowhere else.
        _wire.IsDirty = true;
        try
        {
            var bytes = _wire.Transport.Read(ReadSize);
            if (TakesBytes)
                _wire.Input.Borrow(bytes);
            else if (!bytes.IsEmpty)
                _thrownAway++;
            _wire.IsDirty = false;
            Settle();
        }
        finally
        {
            // The next connection that this thread runs reads into the same buffer.
            var isDirty = _wire.IsDirty;
            _wire.IsDirty = true;
            _wire.Input.Keep();
            _wire.IsDirty = isDirty;
        }
    }

    // The connection is over when nothing is owed and nothing more can come.
    private void EndWhenDone()
    {
        if (_wire.Ending == Ending.Finishing && _wire.Output.IsEmpty && _wire.InFlight == 0)
        {
            CloseSocket();
            return;
        }

        if (_wire.Ending != Ending.Open || !_wire.Pipeline.IsEmpty || _wire.InFlight > 0 || !_wire.Output.IsEmpty)
            return;
        if (_wire.IsPeerClosed || _wire.IsStreamLost || (_wire.IsDraining && _wire.IsBeforeRequest && HasBeenIdle))
            CloseSocket();
    }

    private void CloseSocket()
    {
        _wire.Ending = Ending.Closing;
        _wire.LingerEnd = Now + _wire.Server.Settings.Timeouts.LingerLimit;
        if (_wire.IsPeerClosed || _wire is { Input.Count: 0, Discarded: null, IsStreamLost: false, BodySlot: null })
        {
            // Nothing unread that we know of: the kernel delivers what is left and says goodbye.
            _wire.Transport.Close();
            return;
        }

        // Closing a socket with unread bytes resets it, and the reset can destroy the answer before the client has read it.
        // So: say that we are done (FIN), and read on until the client closes, is silent for too long, or has had its time.
        _wire.Input.Clear();
        if (_wire.IsReadingSuspended)
        {
            _wire.IsReadingSuspended = false;
            _wire.Transport.ResumeReading();
        }

        _wire.Transport.ConfirmedClose();
    }

    // The listener has found this connection idle, but a request may have come since.
    private void OnMakeRoom()
    {
        if (_wire is { Ending: Ending.Open, IsBeforeRequest: true, Pipeline.IsEmpty: true }
            && HasBeenIdle
            && !_flushScheduled
            && !_wire.Transport.HasUnread)
        {
            CloseSocket();
        }
        else if (_wire.Ending == Ending.Closing && _wire.SpareSince <= Now.Ticks)
        {
            Abort("a new client needs its place");
        }
        else
        {
            Sender.Tell(NoRoom.Instance, Self);
        }
    }

    private void Abort(string why)
    {
        if (_wire.Ending == Ending.Aborting)
            return;
        Log.Debug("Resetting the connection: {0}", why);
        _wire.Ending = Ending.Aborting;
        _wire.Transport.Abort();
    }

    // Whoever still works for this client is told that nobody waits any more.
    private void Abandon(string why)
    {
        for (var i = 0; i < _wire.Pipeline.Count; i++)
            AbandonSlot(_wire.Pipeline[i], why);
        _wire.Pipeline.Clear();
        _wire.BodySlot = null;
    }

    private void AbandonSlot(Slot slot, string why)
    {
        slot.Settle();
        slot.LeavePart();
        if (slot.Body != BodyProgress.Done)
            slot.Reader?.Tell(new BodyFailed(slot.Exchange, why), Self);
        slot.Body = BodyProgress.Done;
        Cancel(slot.Source ?? slot.Response?.Body.Source, slot.Exchange);
        TellFollower(slot);
    }

    private void LoseTheStream()
    {
        if (_wire.BodySlot is { IsHeadWritten: true })
        {
            Abort("its actor failed in the middle of a body that is being answered");
            return;
        }

        // The last was read, but the router has not got it.
        if (_wire.Pipeline.Last is { IsDispatched: false, Response: null } lost && _wire.Pipeline.MayDispatchLast())
            Replace(lost, 500, FailureReason);
        else if (!_wire.Reader.IsBetweenMessages || _wire.Pipeline.IsEmpty)
            RefuseWith(500, "The server failed while it read this request.");
        _wire.IsStreamLost = true;
        _wire.Input.Clear();
        if (_wire.Pipeline.Last is { IsHeadWritten: false } last)
            last.IsLast = true;
        Advance();
    }

    private void UpdateReading()
    {
        if (_wire.Ending < Ending.Closing)
            SuspendOrResumeReading();
        _wire.Transport.Wait();
    }

    private void SuspendOrResumeReading()
    {
        // What is left when more can be read is a line that has not ended, and the reader bounds that itself.
        var window = _wire.Server.Settings.Io.ReceiveWindow;
        var isWanted = CanRead;
        if (!_wire.IsReadingSuspended && !isWanted && _wire.Input.Count >= window)
        {
            _wire.IsReadingSuspended = true;
            _wire.Transport.SuspendReading();
        }
        else if (_wire.IsReadingSuspended && (isWanted || _wire.Input.Count <= window / 2))
        {
            _wire.IsReadingSuspended = false;
            _wire.Transport.ResumeReading();
        }
    }
}
