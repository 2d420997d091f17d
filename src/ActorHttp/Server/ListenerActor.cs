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

/// <summary>Sent by a listener to the server when clients can connect to this address.</summary>
internal sealed record ListenerBound(EndPoint Address) : INoSerializationVerificationNeeded;

/// <summary>Sent by a listener to the server when the address cannot be bound. The reason is one line.</summary>
internal sealed record ListenerFailed(EndPoint Address, string Reason) : INoSerializationVerificationNeeded;

/// <summary>Sent by a listener to the server when its last connection has closed and its socket is unbound.</summary>
/// <param name="Aborted">The number of connections that <see cref="EndDrain"/> reset.</param>
internal sealed record ListenerDrained(int Aborted) : INoSerializationVerificationNeeded;

/// <summary>
/// Binds one address, and creates and supervises a connection actor for each client. Akka.IO accepts the clients of a TCP
/// address. <see cref="UnixAcceptorActor"/> accepts the clients of a unix socket, and uses the same messages as Akka.IO. The
/// listener reads no bytes and runs no code of handlers, so that no client can make the listener fail. A failed listener would
/// end all its connections.
/// </summary>
/// <param name="address">The address to bind.</param>
/// <param name="server">The objects that all connections of the server share.</param>
/// <param name="acceptor">
/// Creates the Props of the acceptor of a unix socket, for each bind; null when Akka.IO accepts the clients.
/// </param>
/// <param name="binding">The state that stays the same over a restart.</param>
internal sealed class ListenerActor(EndPoint address, ServerContext server, Func<Props>? acceptor, ListenerActor.Binding binding)
    : UntypedActor, IWithTimers
{
    private const string RefusalName = "refusals";
    private const string AcceptorName = "acceptor";

    // A wave is a peak of at least Wave open connections. The wave is over when at most a quarter of this peak is still open
    // (the peak divided by WaveIsOver).
    private const int Wave = 256;
    private const int WaveIsOver = 4;

    // The time that a new client waits for an idle connection to close. Closing takes only one message to the idle connection.
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

    public static Props Props(EndPoint address, ServerContext server, Func<Props>? acceptor = null) =>
        Akka.Actor.Props.Create(typeof(ListenerActor), address, server, acceptor, new Binding())
            .WithDeploy(Deploy.Local)
            .WithDispatcher(ActorHttpSettings.Dispatcher);

    protected override void PreStart()
    {
        Context.ActorOf(RefusalActor.Props(server), RefusalName);
        Bind();
    }

    private void Bind()
    {
        if (acceptor is null)
            BindTcp();
        else
            Context.ActorOf(acceptor(), AcceptorName).Tell(new Tcp.Bind(Self, address, server.Settings.Backlog));
    }

    private void BindTcp()
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

        // Akka.IO's listening actor can accept a client before the actor is in its bound state. At this time, the actor does
        // not understand the message about the client. Without a second delivery of this message, the actor would hold the
        // client, and one of its few accept slots, for ever. So the listener collects the unhandled messages.
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));

        // Akka.IO creates an actor for each socket, and this actor holds a buffer of FrameSize as long as it owns the socket.
        // If AcceptedSockets takes the socket, the actor stops almost at once. So the actor needs no timer for a registration,
        // because the registration never comes.
        var settings = TcpSettings.Create(Context.System) with { MaxFrameSizeBytes = io.FrameSize };
        if (handler is AcceptedSockets)
            settings = settings with { RegisterTimeout = null };
        tcp.Tell(new Tcp.Bind(handler, address, server.Settings.Backlog, options) { TcpSettings = settings });
    }

    // Does not call base.PreRestart: it would stop the connections, and PostRestart would bind again.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
        // The message that the listener was handling is lost. The lost message may have been the end of any connection.
        var children = Context.GetChildren().Where(child => child.Path.Name is not (RefusalName or AcceptorName)).ToHashSet();
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

    // Restarts a connection that throws, and the connection keeps its socket. Http1Restart decides which answer the client
    // gets. A connection that throws too often is stopped, and the stop resets the socket. An acceptor that throws too often is
    // also stopped, and then the listener binds again.
    protected override SupervisorStrategy SupervisorStrategy() => StrategyOf(server.Settings.Supervision, OnConnectionGone);

    /// <summary>Returns the supervision strategy for connections.</summary>
    /// <param name="settings">The limit of the restarts of one connection.</param>
    /// <param name="onGone">Called by the supervisor when a connection has ended.</param>
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

    // The supervisor calls this method for each child that has ended, so no watch is needed. Often the listener has nothing
    // more to do. Otherwise the listener sends a message to itself, and acts when this message arrives. The listener does not
    // act here, because it may be stopping, and could then create no actor.
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

    // Counts the open requests of one connection. A connection that ends before it has sent the number counts as 0.
    private void Counted(IActorRef connection, int openRequests)
    {
        if (!_uncounted.Remove(connection))
            return;
        _openRequests += openRequests;
        if (_uncounted.Count == 0)
            Context.Parent.Tell(new OpenRequests(_openRequests));
    }

    // Sends Akka.IO's listening actor again the messages that this actor did not understand before it was bound.
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
        // The descriptor is null when the process had too few free descriptors. The client's socket is closed already.
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
            _log.Debug("{0} was gone before it was served: {1}", ListenAddresses.Text(taken.Remote), e.Message);
            descriptor.Dispose();
        }
    }

    private void Begin(ITransport transport, EndPoint remote)
    {
        if (binding.IsDraining)
        {
            // The client was accepted before the socket was unbound, or the socket cannot be unbound yet.
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
            _log.Debug(remote is IPEndPoint ? "{0} connected" : "A client of {0} connected", ListenAddresses.Text(remote));
        _mostConnections = Math.Max(_mostConnections, binding.Connections.Count + 1);
        var state = new ConnectionState(transport, server.For(transport), BeginHttp1);
        binding.Connections.Add(Context.ActorOf(new ConnectionProps(state)), state);
    }

    // Orders the connection that has been idle for the longest time to close. The new client is served only after this
    // connection has closed, so the number of connections never exceeds the limit.
    private bool CloseSpare()
    {
        if (_spare.Next(binding.Connections, Now) is not { } spare)
            return false;
        spare.Tell(MakeRoom.Instance);
        return true;
    }

    // Handles the answer of a connection that was ordered to close, but has received a request in the meantime.
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

    // Starts a timer for a garbage collection when a wave is over. The garbage collector returns memory to the system only when
    // it collects, and it collects only when the process allocates. After a wave, for example an attack, the process allocates
    // almost nothing.
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

        // Collects on the thread pool. This thread serves sockets, and a collection here would make the stall monitor report
        // the listener.
        ThreadPool.UnsafeQueueUserWorkItem(static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive), null);
    }

    // Refuses a client with 503. Resets the connection when the refusal actor has been stopped after too many failures.
    private void TurnAway(ITransport transport, string reason)
    {
        if (Context.Child(RefusalName) is var refusals && refusals.IsNobody())
            transport.Abort();
        else
            refusals.Tell(new Refuse(transport, reason));
    }

    // Warns at most once a minute, because a log line for each client would cost more than the refusal.
    private void SayThatItIsFull(ref int count)
    {
        count++;
        if (Now < _saidFullAt + TimeSpan.FromMinutes(1))
            return;
        _saidFullAt = Now;
        _log.Warning(
            "{0} has {1} connections, the most that are served (actor-http.limits.connections). "
            + "Since the last warning, {2} idle ones were closed for new clients, and {3} new clients were refused with 503",
            ListenAddresses.Text(address),
            server.Settings.Limits.Connections,
            _closedForOthers,
            _refused);
        _closedForOthers = _refused = 0;
    }

    // Binds again after the listening socket is lost. Akka.IO stops its listening actor when an accept fails with an unknown
    // error. The connections whose sockets Akka.IO owns end together with the listening actor.
    private void OnSocketGone()
    {
        if (binding.IsDraining)
        {
            binding.Unbinding = Unbinding.Done;
            EndWhenDrained();
            return;
        }

        _log.Warning("The socket on {0} was lost; binding it again", ListenAddresses.Text(address));
        Bind();
    }

    // Unbinds the socket at the start of the drain, so that the system refuses new clients. But when Akka.IO closes a listening
    // socket, Akka.IO also resets the connections whose sockets it owns. If there are such connections, the listener unbinds
    // after they have ended.
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

    /// <summary>
    /// Sent by the listener to itself when a connection has ended and the listener has more work to do because of this end.
    /// </summary>
    private sealed record ConnectionGone(IActorRef Connection) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class ConnectionStrategy(SupervisionSettings settings, Action<IActorRef>? onGone)
        : LimitedStrategy(settings.ConnectionRestarts, settings.Within, _ => Directive.Restart)
    {
        public override void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children) =>
            onGone?.Invoke(child);
    }

    /// <summary>The state of the listening socket during a drain.</summary>
    internal enum Unbinding
    {
        NotYet,
        Begun,
        Done,
    }

    /// <summary>A new client that waits until an idle connection has closed.</summary>
    internal sealed record Newcomer(ITransport Transport, EndPoint Remote, TimeSpan Deadline);

    /// <summary>The state that stays the same over a restart. This object is an argument of the Props.</summary>
    internal sealed class Binding
    {
        /// <summary>
        /// The actor that accepts clients: Akka.IO's listening actor or an acceptor. Nobody until the socket is bound.
        /// </summary>
        public IActorRef Socket { get; set; } = ActorRefs.Nobody;

        /// <summary>The messages that any actor did not understand while the socket was being bound.</summary>
        public List<UnhandledMessage> TooEarly { get; } = [];

        /// <summary>
        /// The connections. The value is the state that the listener shares with the connection's actor; null after a restart
        /// of the listener has lost the state.
        /// </summary>
        public Dictionary<IActorRef, ConnectionState?> Connections { get; } = new(ReferenceEqualityComparer.Instance);

        /// <summary>New clients that wait. For each of these clients, the listener has ordered one idle connection to close.</summary>
        public Queue<Newcomer> Waiting { get; } = new();

        public bool IsDraining { get; set; }

        public Unbinding Unbinding { get; set; }

        /// <summary>Whether Akka.IO owns the sockets of some connections.</summary>
        public bool LeavesSockets { get; set; }

        /// <summary>The number of connections that were still open when the time limit of the drain passed.</summary>
        public int Aborted { get; set; }
    }

    private static string Reason(Tcp.CommandFailed failed) =>
        failed.Cause.HasValue ? (failed.Cause.Value.InnerException ?? failed.Cause.Value).Message : "the address cannot be bound";
}
