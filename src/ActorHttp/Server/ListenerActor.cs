using System.Net;
using System.Net.Sockets;
using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Logging;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Server;

/// <summary>The listener's word to the server: clients can connect to this address.</summary>
internal sealed record ListenerBound(EndPoint Address) : INoSerializationVerificationNeeded;

/// <summary>The listener's word to the server: this address cannot be had.</summary>
internal sealed record ListenerFailed(EndPoint Address, string Reason) : INoSerializationVerificationNeeded;

/// <summary>The listener's word to the server: every connection is gone, so many of them by <see cref="EndDrain"/>.</summary>
internal sealed record ListenerDrained(int Aborted) : INoSerializationVerificationNeeded;

/// <summary>
/// Binds one address through Akka.IO and gives each client a connection actor under its supervision. It reads no bytes and
/// runs nobody's code, so that nothing can bring it down: with it would go all its connections.
/// </summary>
internal sealed class ListenerActor(EndPoint address, ServerContext server, ListenerActor.Binding binding) : UntypedActor, IWithTimers
{
    private const string RefusalName = "refusals";

    // A wave of connections: as many as are worth a collection, and so much of them gone again.
    private const int Wave = 256;
    private const int WaveIsOver = 4;

    // How long a new client waits for the place of an idle one. To close that takes no longer than a message to its actor.
    private static readonly TimeSpan WaitForRoom = TimeSpan.FromSeconds(1);

    private static readonly Func<ConnectionState, IConnectionProtocol> BeginHttp1 = state => new Http1Connection(state);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SpareConnections _spare = new(server.Settings.Timeouts.DrainGrace);
    private readonly HashSet<IActorRef> _uncounted = [];
    private int _openRequests;
    private int _mostConnections;
    private TimeSpan _saidFullAt = -TimeSpan.FromMinutes(1);
    private int _closedForOthers;
    private int _refused;

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    public static Props Props(EndPoint address, ServerContext server) =>
        Akka.Actor.Props.Create(typeof(ListenerActor), address, server, new Binding())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.Dispatcher);

    protected override void PreStart()
    {
        Context.ActorOf(RefusalActor.Props(server), RefusalName);
        Bind();
    }

    private void Bind()
    {
        var io = server.Settings.Io;
        var tcp = Context.System.Tcp();
        List<Inet.SocketOption> options = [new UnsentWindow(io.UnsentWindow)];
        var handler = Self;
        if (io.TakesSockets && AcceptedSockets.IsSupported)
        {
            var accepted = new AcceptedSockets(Self, tcp);
            options.Add(accepted.Option);
            handler = accepted;
        }

        // A client that connects the moment it can is accepted before Akka.IO's actor knows that it is bound. The actor does
        // not understand that yet, and would keep the client, and one of its few places to accept with, for ever.
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));

        // Akka.IO's own actor holds a buffer of this size for as long as it has the socket. One that lives for a moment needs no
        // timer for a registration that never comes.
        var settings = TcpSettings.Create(Context.System) with { MaxFrameSizeBytes = io.FrameSize };
        if (handler is AcceptedSockets)
            settings = settings with { RegisterTimeout = null };
        tcp.Tell(new Tcp.Bind(handler, address, server.Settings.Backlog, options) { TcpSettings = settings });
    }

    // Not base: it would stop the connections, and PostRestart would bind again.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
        // The message in hand is lost, and may have been about any of them.
        var children = Context.GetChildren().Where(child => child.Path.Name != RefusalName).ToHashSet();
        foreach (var gone in binding.Connections.Keys.Except(children).ToList())
            binding.Connections.Remove(gone);
        foreach (var child in children)
            binding.Connections.TryAdd(child, null);
        LetIn();
        CheckRoom();
        EndWhenDrained();
    }

    protected override void PostStop()
    {
        foreach (var waiting in binding.Waiting)
            waiting.Transport.Abort();
    }

    // A connection that throws is restarted on its socket; Http1Restart says what its client sees. One that keeps
    // throwing is stopped, which resets its socket.
    protected override SupervisorStrategy SupervisorStrategy() => StrategyOf(server.Settings.Supervision, OnConnectionGone);

    /// <summary>How connections are supervised.</summary>
    /// <param name="settings">How often a connection may be restarted.</param>
    /// <param name="onGone">Is called when one has ended, by the supervisor.</param>
    public static SupervisorStrategy StrategyOf(SupervisionSettings settings, Action<IActorRef>? onGone = null) =>
        new ConnectionStrategy(settings, onGone);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                OnConnected(connected.RemoteAddress);
                break;
            case SocketTaken taken:
                OnTaken(taken);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(binding.Socket):
                OnSocketGone();
                break;
            case ConnectionGone gone:
                Counted(gone.Connection, 0);
                LetIn();
                CollectWhenWaveIsOver();
                EndWhenDrained();
                break;
            case Tcp.Bound bound:
                binding.Socket = Context.Watch(Sender);
                TellAgain();
                Context.Parent.Tell(new ListenerBound(bound.LocalAddress));
                break;
            case UnhandledMessage tooEarly:
                binding.TooEarly.Add(tooEarly);
                break;
            case Tcp.Unbound:
                Context.Unwatch(binding.Socket);
                binding.Unbinding = Unbinding.Done;
                EndWhenDrained();
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind } failed:
                Context.System.EventStream.Unsubscribe(Self, typeof(UnhandledMessage));
                Context.Parent.Tell(new ListenerFailed(address, Reason(failed)));
                break;
            case NoRoom:
                OnNoRoom();
                break;
            case RoomCheck:
                CheckRoom();
                break;
            case CollectGarbage:
                Collect();
                break;
            case CountOpenRequests:
                Count();
                break;
            case OpenRequests open:
                Counted(Sender, open.Count);
                break;
            case Drain:
                binding.IsDraining = true;
                LetIn();
                foreach (var connection in binding.Connections.Keys)
                    connection.Tell(Drain.Instance);
                EndWhenDrained();
                break;
            case EndDrain:
                binding.Aborted = binding.Connections.Count;
                foreach (var connection in binding.Connections.Keys)
                    connection.Tell(EndDrain.Instance);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A supervisor hears of the end of each child without watching it. Most ends have no consequence; the others get a message,
    // because this listener may be ending too, and could then create nothing.
    private void OnConnectionGone(IActorRef connection)
    {
        if (!binding.Connections.Remove(connection))
            return;
        if (_uncounted.Count > 0 || binding.Waiting.Count > 0 || binding.IsDraining || !_spare.IsEmpty || IsCollectionDue)
            Self.Tell(new ConnectionGone(connection));
    }

    private void Count()
    {
        _openRequests = 0;
        _uncounted.UnionWith(binding.Connections.Keys);
        foreach (var connection in binding.Connections.Keys)
            connection.Tell(CountOpenRequests.Instance);
        if (_uncounted.Count == 0)
            Context.Parent.Tell(new OpenRequests(0));
    }

    // A connection that ends before it has answered has nothing open.
    private void Counted(IActorRef connection, int openRequests)
    {
        if (!_uncounted.Remove(connection))
            return;
        _openRequests += openRequests;
        if (_uncounted.Count == 0)
            Context.Parent.Tell(new OpenRequests(_openRequests));
    }

    // What Akka.IO's actor has not understood before it was bound, it understands now.
    private void TellAgain()
    {
        Context.System.EventStream.Unsubscribe(Self, typeof(UnhandledMessage));
        foreach (var message in binding.TooEarly)
        {
            if (message.Recipient.Equals(binding.Socket))
                binding.Socket.Tell(message.Message, message.Sender);
        }

        binding.TooEarly.Clear();
    }

    private void OnConnected(EndPoint remote)
    {
        binding.LeavesSockets = true;
        Begin(new AkkaTransport(Sender, server.Settings.Io.FrameSize), remote);
    }

    private void OnTaken(SocketTaken taken)
    {
        // Without a descriptor it was the last one, and the client is gone.
        if (taken.Descriptor is not { } descriptor)
            return;
        try
        {
            var transport = server.Reactors.Take(descriptor, server.Settings.Io.FrameSize);
            if (taken.IsOfReserve)
                TurnAway(transport, "The server has as many files open as it may have.");
            else
                Begin(transport, taken.Remote);
        }
        catch (SocketException e)
        {
            _log.Debug("{0} was gone before it was served: {1}", taken.Remote, e.Message);
            descriptor.Dispose();
        }
    }

    private void Begin(ITransport transport, EndPoint remote)
    {
        if (binding.IsDraining)
        {
            // Accepted before the socket was unbound, or because it cannot be yet.
            TurnAway(transport, "The server is shutting down.");
        }
        else if (binding.Connections.Count < server.Settings.Limits.Connections)
        {
            Serve(transport, remote);
        }
        else if (binding.Waiting.Count < server.Settings.Backlog && CloseSpare())
        {
            binding.Waiting.Enqueue(new Newcomer(transport, remote, Now + WaitForRoom));
            CheckRoom();
        }
        else
        {
            RefuseForLackOfRoom(transport);
        }
    }

    private void Serve(ITransport transport, EndPoint remote)
    {
        if (_log.IsDebugEnabled)
            _log.Debug("{0} connected", remote);
        _mostConnections = Math.Max(_mostConnections, binding.Connections.Count + 1);
        var state = new ConnectionState(transport, server.For(transport), BeginHttp1);
        binding.Connections.Add(Context.ActorOf(new ConnectionProps(state)), state);
    }

    // The new client is served when the idle connection has gone, and not before: the limit holds at every moment.
    private bool CloseSpare()
    {
        if (_spare.Next(binding.Connections, Now) is not { } spare)
            return false;
        spare.Tell(MakeRoom.Instance);
        return true;
    }

    // A request has come to the connection that was told to close.
    private void OnNoRoom()
    {
        if (binding.Waiting.Count > 0 && !CloseSpare())
            RefuseForLackOfRoom(binding.Waiting.Dequeue().Transport);
    }

    private void LetIn()
    {
        while (binding.Waiting.Count > 0 && (binding.IsDraining || binding.Connections.Count < server.Settings.Limits.Connections))
        {
            var next = binding.Waiting.Dequeue();
            if (!binding.IsDraining)
                SayThatItIsFull(ref _closedForOthers);
            Begin(next.Transport, next.Remote);
        }

        if (binding.Connections.Count < server.Settings.Limits.Connections)
            _spare.Forget();
    }

    private void CheckRoom()
    {
        while (binding.Waiting.TryPeek(out var first) && first.Deadline <= Now)
            RefuseForLackOfRoom(binding.Waiting.Dequeue().Transport);
        if (binding.Waiting.Count > 0 && !Timers.IsTimerActive(RoomCheck.Instance))
            Timers.StartSingleTimer(RoomCheck.Instance, RoomCheck.Instance, binding.Waiting.Peek().Deadline - Now);
    }

    private void RefuseForLackOfRoom(ITransport transport)
    {
        SayThatItIsFull(ref _refused);
        TurnAway(transport, "The server has as many connections as it can serve.");
    }

    private bool IsCollectionDue =>
        HasWaveGone && server.Settings.Memory.CollectAfter is not null && !Timers.IsTimerActive(CollectGarbage.Instance);

    private bool HasWaveGone => _mostConnections >= Wave && binding.Connections.Count <= _mostConnections / WaveIsOver;

    // The collector gives memory back when it collects, and it collects when somebody allocates: after an attack nobody does.
    private void CollectWhenWaveIsOver()
    {
        if (IsCollectionDue && server.Settings.Memory.CollectAfter is { } pause)
            Timers.StartSingleTimer(CollectGarbage.Instance, CollectGarbage.Instance, pause);
    }

    private void Collect()
    {
        if (!HasWaveGone)
            return;
        _mostConnections = binding.Connections.Count;

        // Not on this thread: it serves sockets, and the stall monitor would name the listener.
        ThreadPool.UnsafeQueueUserWorkItem(static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive), null);
    }

    // Without a word when the actor that has one has been given up.
    private void TurnAway(ITransport transport, string reason)
    {
        if (Context.Child(RefusalName) is var refusals && refusals.IsNobody())
            transport.Abort();
        else
            refusals.Tell(new Refuse(transport, reason));
    }

    // Once a minute: a log line for each would cost more than the refusal.
    private void SayThatItIsFull(ref int count)
    {
        count++;
        if (Now < _saidFullAt + TimeSpan.FromMinutes(1))
            return;
        _saidFullAt = Now;
        _log.Warning(
            "{0} has {1} connections, the most that are served (actor-http.limits.connections). "
            + "Since this was last said, {2} idle ones were closed for new clients, and {3} new clients were refused with 503",
            address,
            server.Settings.Limits.Connections,
            _closedForOthers,
            _refused);
        _closedForOthers = _refused = 0;
    }

    // Akka.IO gives a listening socket up when accepting fails in a way that it does not know, and what connections it has
    // itself with it.
    private void OnSocketGone()
    {
        if (binding.IsDraining)
        {
            binding.Unbinding = Unbinding.Done;
            EndWhenDrained();
            return;
        }

        _log.Warning("The socket on {0} was lost; binding it again", address);
        Bind();
    }

    // Unbound at once, so that the system refuses whoever comes now. But with the listening socket Akka.IO resets what
    // connections it has itself: when there are any, unbinding comes last.
    private void EndWhenDrained()
    {
        if (!binding.IsDraining)
            return;
        if (binding.Unbinding == Unbinding.NotYet && (!binding.LeavesSockets || binding.Connections.Count == 0))
        {
            binding.Unbinding = Unbinding.Begun;
            binding.Socket.Tell(Tcp.Unbind.Instance);
        }
        else if (binding.Unbinding == Unbinding.Done && binding.Connections.Count == 0)
        {
            Context.Parent.Tell(new ListenerDrained(binding.Aborted));
        }
    }

    /// <summary>To itself: a connection has ended, and something waits for that.</summary>
    private sealed record ConnectionGone(IActorRef Connection) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class ConnectionStrategy(SupervisionSettings settings, Action<IActorRef>? onGone)
        : LimitedStrategy(settings.ConnectionRestarts, settings.Within, _ => Directive.Restart)
    {
        public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children) =>
            onGone?.Invoke(child);
    }

    /// <summary>How far the listening socket's end has come.</summary>
    internal enum Unbinding
    {
        NotYet,
        Begun,
        Done,
    }

    /// <summary>A client that waits for an idle connection to go.</summary>
    internal sealed record Newcomer(ITransport Transport, EndPoint Remote, TimeSpan Deadline);

    /// <summary>What outlives a restart: the Props carry it.</summary>
    internal sealed class Binding
    {
        /// <summary>Akka.IO's side of the listening socket; nobody until it is bound.</summary>
        public IActorRef Socket { get; set; } = ActorRefs.Nobody;

        /// <summary>What somebody has not understood while the socket was being bound.</summary>
        public List<UnhandledMessage> TooEarly { get; } = [];

        /// <summary>The connections, each with what it shares with its actor; null where a restart has lost that.</summary>
        public Dictionary<IActorRef, ConnectionState?> Connections { get; } = new(ReferenceEqualityComparer.Instance);

        /// <summary>New clients for each of which an idle connection has been told to close.</summary>
        public Queue<Newcomer> Waiting { get; } = new();

        public bool IsDraining { get; set; }

        public Unbinding Unbinding { get; set; }

        /// <summary>Whether Akka.IO has had to keep a socket that it accepted.</summary>
        public bool LeavesSockets { get; set; }

        /// <summary>How many connections the end of the drain found.</summary>
        public int Aborted { get; set; }
    }

    private static string Reason(Tcp.CommandFailed failed) =>
        failed.Cause.HasValue ? (failed.Cause.Value.InnerException ?? failed.Cause.Value).Message : "the address cannot be bound";
}
