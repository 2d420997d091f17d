using System.Net;
using System.Net.Sockets;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Connections;

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

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<IActorRef> _connections = [];
    private int _mostConnections;
    private TimeSpan _saidFullAt = -TimeSpan.FromMinutes(1);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(EndPoint address, ServerContext server) =>
        Akka.Actor.Props.Create(typeof(ListenerActor), address, server, new Binding()).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        Context.ActorOf(RefusalActor.Props(server), RefusalName);
        Bind();
    }

    private void Bind()
    {
        var io = server.Settings.Io;
        List<Inet.SocketOption> options = [new UnsentWindow(io.UnsentWindow)];
        if (io.TakesSockets && SocketHandover.IsSupported)
            options.Add(new SocketHandover(Self));

        // A client that connects the moment it can is accepted before Akka.IO's actor knows that it is bound. The actor does
        // not understand that yet, and would keep the client, and one of its few places to accept with, for ever.
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));

        // Akka.IO's own actor holds a buffer of this size for as long as it has the socket.
        var settings = TcpSettings.Create(Context.System) with { MaxFrameSizeBytes = io.FrameSize };
        Context.System.Tcp().Tell(new Tcp.Bind(Self, address, server.Settings.Backlog, options) { TcpSettings = settings });
    }

    // Not base: it would stop the connections, and PostRestart would bind again.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
        foreach (var child in Context.GetChildren())
        {
            if (child.Path.Name != RefusalName)
                _connections.Add(child);
        }

        EndWhenDrained();
    }

    // A connection that throws is restarted on its socket; ConnectionRestart says what its client sees. One that keeps
    // throwing is stopped, which resets its socket.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        server.Settings.Supervision.ConnectionRestarts, server.Settings.Supervision.Within, _ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                OnConnected(connected.RemoteAddress);
                break;
            case SocketTaken taken:
                // It is ours alone when Akka.IO's actor is gone.
                binding.Taken[Sender] = taken;
                Context.WatchWith(Sender, new SocketReleased(Sender));
                break;
            case SocketReleased released:
                OnReleased(released.Connection);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(binding.Socket):
                OnSocketGone();
                break;
            case Terminated terminated:
                _connections.Remove(terminated.ActorRef);
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
            case CollectGarbage:
                Collect();
                break;
            case Drain:
                binding.IsDraining = true;
                foreach (var connection in _connections)
                    connection.Tell(Drain.Instance);
                EndWhenDrained();
                break;
            case EndDrain:
                binding.Aborted = _connections.Count;
                foreach (var connection in _connections)
                    connection.Tell(EndDrain.Instance);
                break;
            default:
                Unhandled(message);
                break;
        }
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
        if (binding.Taken.ContainsKey(Sender))
        {
            Sender.Tell(Tcp.Abort.Instance);
            return;
        }

        binding.LeavesSockets = true;
        Begin(new AkkaTransport(Sender, server.Settings.Io.FrameSize), remote);
    }

    private void OnReleased(IActorRef connection)
    {
        // Without a socket it was the last descriptor, and Akka.IO has reset the client.
        if (!binding.Taken.Remove(connection, out var taken) || taken.Socket is not { } socket)
            return;
        try
        {
            SocketHandover.Keep(socket);
            var transport = server.Reactors.Take(socket, server.Settings.Io.FrameSize);
            if (taken.IsOfReserve)
                TurnAway(transport, "The server has as many files open as it may have.");
            else
                Begin(transport, taken.Remote);
        }
        catch (SocketException e)
        {
            _log.Debug("{0} was gone before it was served: {1}", taken.Remote, e.Message);
            socket.Dispose();
        }
    }

    private void Begin(ITransport transport, EndPoint remote)
    {
        if (binding.IsDraining)
        {
            // Accepted before the socket was unbound, or because it cannot be yet.
            TurnAway(transport, "The server is shutting down.");
            return;
        }

        if (_connections.Count >= server.Settings.Limits.Connections)
        {
            SayThatItIsFull();
            TurnAway(transport, "The server has as many connections as it can serve.");
            return;
        }

        if (_log.IsDebugEnabled)
            _log.Debug("{0} connected", remote);
        _mostConnections = Math.Max(_mostConnections, _connections.Count + 1);
        var wire = new Wire(transport, server);
        _connections.Add(Context.Watch(Context.ActorOf(Akka.Actor.Props.Create(typeof(ConnectionActor), wire).WithDeploy(Deploy.Local).WithDispatcher(ActorHttpSettings.Dispatcher))));
    }

    private bool HasWaveGone => _mostConnections >= Wave && _connections.Count <= _mostConnections / WaveIsOver;

    // The collector gives memory back when it collects, and it collects when somebody allocates: after an attack nobody does.
    private void CollectWhenWaveIsOver()
    {
        if (HasWaveGone && server.Settings.Memory.CollectAfter is { } pause && !Timers.IsTimerActive(CollectGarbage.Instance))
            Timers.StartSingleTimer(CollectGarbage.Instance, CollectGarbage.Instance, pause);
    }

    private void Collect()
    {
        if (!HasWaveGone)
            return;
        _mostConnections = _connections.Count;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
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
    private void SayThatItIsFull()
    {
        var now = Context.System.Scheduler.MonotonicClock;
        if (now < _saidFullAt + TimeSpan.FromMinutes(1))
            return;
        _saidFullAt = now;
        _log.Warning("{0} has {1} connections, the most that are served (actor-http.limits.connections); others are refused with 503", address, _connections.Count);
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
        if (binding.Unbinding == Unbinding.NotYet && (!binding.LeavesSockets || _connections.Count == 0))
        {
            binding.Unbinding = Unbinding.Begun;
            binding.Socket.Tell(Tcp.Unbind.Instance);
        }
        else if (binding.Unbinding == Unbinding.Done && _connections.Count == 0)
        {
            Context.Parent.Tell(new ListenerDrained(binding.Aborted));
        }
    }

    /// <summary>How far the listening socket's end has come.</summary>
    internal enum Unbinding
    {
        NotYet,
        Begun,
        Done,
    }

    /// <summary>What outlives a restart: the Props carry it.</summary>
    internal sealed class Binding
    {
        /// <summary>Akka.IO's side of the listening socket; nobody until it is bound.</summary>
        public IActorRef Socket { get; set; } = ActorRefs.Nobody;

        /// <summary>What somebody has not understood while the socket was being bound.</summary>
        public List<UnhandledMessage> TooEarly { get; } = [];

        public bool IsDraining { get; set; }

        public Unbinding Unbinding { get; set; }

        /// <summary>Whether Akka.IO has had to keep a socket that it accepted.</summary>
        public bool LeavesSockets { get; set; }

        /// <summary>
        /// Sockets that are ours already, but not ours alone yet, by Akka.IO's actor. Not by the client's address: one that
        /// resets and comes back from the same port at once is there twice.
        /// </summary>
        public Dictionary<IActorRef, SocketTaken> Taken { get; } = [];

        /// <summary>How many connections the end of the drain found.</summary>
        public int Aborted { get; set; }
    }

    private static string Reason(Tcp.CommandFailed failed) =>
        failed.Cause.HasValue ? (failed.Cause.Value.InnerException ?? failed.Cause.Value).Message : "the address cannot be bound";
}
