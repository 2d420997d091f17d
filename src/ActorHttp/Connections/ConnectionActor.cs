using System.Diagnostics;
using ActorHttp.Logging;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>
/// The actor of one connection. The actor owns the mailbox, the timer and the supervision, and receives the events of the
/// transport. The actor passes all events to the protocol of the connection (<see cref="IConnectionProtocol"/>). The folder
/// Http1 contains the protocol HTTP/1.1.
/// </summary>
/// <remarks>
/// A restart creates a new actor object. The actor reference, the mailbox and <see cref="ConnectionState"/> stay the same. The
/// state holds the protocol and the socket. Only the timer and the logger are created again.
/// </remarks>
internal sealed class ConnectionActor : UntypedActor, IWithTimers, IConnectionHost
{
    private readonly ConnectionState _state;
    private ILoggingAdapter? _log;
    private TimeSpan _timerAt = TimeSpan.MaxValue;

    /// <summary>Creates the actor of a connection.</summary>
    /// <param name="state">The state of the connection, which the next actor uses after a restart.</param>
    public ConnectionActor(ConnectionState state) => _state = state;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    IActorRef IConnectionHost.Self => Self;

    IActorRef IConnectionHost.Sender => Sender;

    TimeSpan IConnectionHost.Now => Context.System.Scheduler.MonotonicClock;

    // Creates the logger on first use. Most connections never log, so an idle connection holds less memory.
    ILoggingAdapter IConnectionHost.Log => _log ??= Context.GetLogger();

    private IConnectionProtocol Protocol => _state.Protocol;

    void IConnectionHost.WakeAt(TimeSpan deadline, TimeSpan now)
    {
        if (deadline >= _timerAt)
            return;
        _timerAt = deadline;
        Timers.StartSingleTimer(DeadlineCheck.Instance, DeadlineCheck.Instance, deadline > now ? deadline - now : TimeSpan.Zero);
    }

    IActorRef IConnectionHost.Create(Props child) => Context.ActorOf(child);

    void IConnectionHost.Watch(IActorRef actor) => Context.Watch(actor);

    void IConnectionHost.Unwatch(IActorRef actor) => Context.Unwatch(actor);

    // Gives the listener as the log source, so that the log limiter counts the warnings of all connections of the listener
    // together. The cause of such a warning is a handler, and not one connection.
    void IConnectionHost.WarnOfAnswer(string reason) => RequestLog.Of(Context.System).Warning(
        Context.Parent.Path.ToString(), typeof(ConnectionActor), "answer became 500", $"An answer became a 500: {reason}");

    void IConnectionHost.Stop() => Context.Stop(Self);

    protected override void PreStart()
    {
        Protocol.Attach(this);
        Protocol.OnOpened(isWaiting: _state.Transport.Open(Self));
    }

    // Does not call base.PreRestart: it would stop the coding actors and run PostStop.
    protected override void PreRestart(Exception reason, object message) => Protocol.OnFailure(message);

    // Does not call base.PostRestart: it would run PreStart, which opens the transport again.
    protected override void PostRestart(Exception reason)
    {
        Protocol.Attach(this);
        if (Protocol.Recover())
            CheckInvariants();
        else
            Context.Stop(Self);
    }

    // Resets a socket that is still open, for example when supervision stops the actor.
    protected override void PostStop()
    {
        try
        {
            Protocol.Release();
        }
        finally
        {
            _state.Transport.Release();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TransportReadable:
                Protocol.OnReadable();
                break;
            case TransportWritable:
                Protocol.OnWritable();
                break;
            case TransportPeerClosed:
                Protocol.OnPeerClosed();
                break;
            case TransportClosed:
                Protocol.OnClosed();
                Context.Stop(Self);
                return;
            case DeadlineCheck:
                _timerAt = TimeSpan.MaxValue;
                Protocol.OnDeadline();
                break;
            case CountOpenRequests:
                Context.Parent.Tell(new OpenRequests(Protocol.OpenRequests), Self);
                break;
            case Drain:
                Protocol.OnDrain();
                break;
            case EndDrain:
                Protocol.OnDrainEnded();
                break;
            case MakeRoom:
                if (!Protocol.OnMakeRoom())
                    Sender.Tell(NoRoom.Instance, Self);
                break;
            default:
                if (!Protocol.OnMessage(message))
                    Unhandled(message);
                break;
        }

        CheckInvariants();
    }

    [Conditional("DEBUG")]
    private void CheckInvariants() => Protocol.CheckInvariants();
}
