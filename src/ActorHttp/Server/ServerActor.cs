using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using ActorHttp.Connections;
using ActorHttp.Dispatch;
using ActorHttp.Handlers;
using ActorHttp.Logging;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>
/// The root of a server: its handlers, its routers and its listeners. It starts them in that order, so that the first client
/// finds handlers that can answer. Each reactor has a router of its own, so that no two reactors share one.
/// </summary>
internal sealed class ServerActor(ActorHttpSettings settings, IReadOnlyList<HandlerDefinition> handlers, TimeProvider time)
    : UntypedActor, IWithStash, IWithTimers
{
    private const string HandlersName = "handlers";

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<IPEndPoint> _toBind = new();
    private readonly List<IActorRef> _listeners = [];
    private readonly List<IPEndPoint> _bound = [];
    private IActorRef[] _routers = [];
    private ServerContext? _context;
    private int _drained;
    private int _aborted;
    private IActorRef _drainer = ActorRefs.Nobody;
    private Action<int>? _begun;
    private int _counted;
    private int _openRequests;

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    // Where no reactor watches the sockets, one router serves all connections.
    private int Routers => settings.Io.TakesSockets && AcceptedSockets.IsSupported ? Math.Max(1, settings.Io.Reactors) : 1;

    public static Props Props(ActorHttpSettings settings, IReadOnlyList<HandlerDefinition> handlers, TimeProvider time) =>
        Akka.Actor.Props.Create(typeof(ServerActor), settings, handlers, time).WithDeploy(Deploy.Local);

    protected override void PreStart() =>
        Context.ActorOf(HandlersActor.Props(handlers, settings.Supervision, settings.Limits.RetryAfter, Routers), HandlersName);

    protected override SupervisorStrategy SupervisorStrategy() => new Supervision();

    // Its connections are gone by now, or the system does not wait for them.
    protected override void PostStop()
    {
        if (_context?.Reactors is not { } reactors)
            return;
        RunQueuePools.Of(Context.System).Remove(reactors);
        reactors.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HandlersReady ready:
                OnHandlersReady(ready);
                break;
            case HandlerChanged changed:
                _routers[changed.Target.Router].Tell(changed);
                break;
            case ListenerBound bound:
                _bound.Add((IPEndPoint)bound.Address);
                BindNext();
                break;
            case ListenerFailed failed:
                Fail(failed);
                break;
            case GetServerState or DrainServer:
                // Said before we know: it waits.
                Stash.Stash();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Running(object message)
    {
        switch (message)
        {
            case GetServerState:
                Sender.Tell(new ServerBound([.. _bound]));
                break;
            case DrainServer drain:
                _drainer = Sender;
                Timers.StartSingleTimer(EndDrain.Instance, EndDrain.Instance, drain.Limit);
                if (drain.Begun is not null)
                {
                    // Before the drain closes the connections that have no request: each answers in the order of its messages.
                    _begun = drain.Begun;
                    TellListeners(CountOpenRequests.Instance);
                }

                TellListeners(Drain.Instance);
                break;
            case OpenRequests open:
                _openRequests += open.Count;
                if (++_counted == _listeners.Count)
                    _begun?.Invoke(_openRequests);
                break;
            case EndDrain:
                TellListeners(EndDrain.Instance);
                break;
            case HandlerChanged changed:
                _routers[changed.Target.Router].Tell(changed);
                break;
            case ListenerBound:
                // Again, after its socket was lost.
                break;
            case ListenerFailed failed:
                var reason = new CannotListen($"Cannot listen on {failed.Address} any more: {failed.Reason}.");
                _log.Error("{0}", reason.Message);
                CoordinatedShutdown.Get(Context.System).Run(reason);
                break;
            case ListenerDrained drained:
                _aborted += drained.Aborted;
                if (++_drained == _listeners.Count)
                    _drainer.Tell(new ServerDrained(_aborted));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnHandlersReady(HandlersReady ready)
    {
        _routers = [.. ready.Routes.Select((routes, number) =>
            Context.ActorOf(RouterActor.Props(new RouteTable(routes), new ServedHosts(settings.Hosts)), number == 0 ? "router" : $"router-{number + 1}"))];
        ReactorPool reactors;
        try
        {
            reactors = new ReactorPool(settings.Io.Reactors, settings.Io.Spin, settings.Io.StallThreshold, _log);
        }
        catch (Win32Exception e)
        {
            BecomeFailed($"Cannot wait for sockets: {e.Message}.");
            return;
        }

        ServerContext[] contexts = [.. _routers.Select(router => new ServerContext(settings, router, new DateField(time), reactors, _log.IsDebugEnabled))];
        _context = contexts[0] with { ByReactor = contexts };
        RunQueuePools.Of(Context.System).Add(reactors);
        FindAddresses();
    }

    private void TellListeners(object message)
    {
        foreach (var listener in _listeners)
            listener.Tell(message);
    }

    private void FindAddresses()
    {
        try
        {
            var addresses = ListenAddresses.Of(settings.Host);
            if (settings.HasFaults && !ListenAddresses.AreLoopback(addresses))
            {
                BecomeFailed($"actor-http.faults.enabled cannot be on for {settings.Host}: only this machine's loopback may ask for failures.");
                return;
            }

            foreach (var address in addresses)
                _toBind.Enqueue(new IPEndPoint(address, settings.Port));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            BecomeFailed($"Cannot listen on {settings.Host}: {e.Message}.");
            return;
        }

        BindNext();
    }

    // One after the other: with port 0 the second address takes the port that the first was given.
    private void BindNext()
    {
        if (_toBind.Count == 0)
        {
            _log.Debug("Listening on {0}", string.Join(" and ", _bound));
            if (OpenFiles.Limit < settings.Limits.Connections)
            {
                _log.Warning(
                    "actor-http.limits.connections is {0}, but this process may have {1} files open (ulimit -n): clients are refused before they run out",
                    settings.Limits.Connections,
                    OpenFiles.Limit);
            }

            _context!.Reactors.StartMonitor();
            Become(Running);
            Stash.UnstashAll();
            return;
        }

        var address = _toBind.Dequeue();
        if (_bound.Count > 0)
            address = new IPEndPoint(address.Address, _bound[0].Port);
        var name = address.AddressFamily == AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4";
        _listeners.Add(Context.ActorOf(ListenerActor.Props(address, _context!), $"listener-{name}"));
    }

    private void Fail(ListenerFailed failed)
    {
        // "localhost" is also ::1, but a machine may have no IPv6 at all; then IPv4 is what there is.
        if (_bound.Count > 0 && settings.Port == 0)
        {
            Context.Stop(_listeners[^1]);
            _listeners.RemoveAt(_listeners.Count - 1);
            BindNext();
            return;
        }

        BecomeFailed($"Cannot listen on {failed.Address}: {failed.Reason}.");
    }

    private void BecomeFailed(string reason)
    {
        Become(message =>
        {
            if (message is GetServerState)
                Sender.Tell(new ServerFailed(reason));
            else if (message is DrainServer)
                Sender.Tell(new ServerDrained(0));
        });
        Stash.UnstashAll();
    }

    /// <summary>
    /// Lets nothing go, whatever it threw, Kill included: without each of its children there is no server. The routers and the
    /// listeners keep what they need over a restart. The parent of the handlers goes on as it is, because Akka's restart
    /// would restart the handlers below it as well, and the transfers below those.
    /// </summary>
    private sealed class Supervision() : LimitedStrategy(_ => Directive.Restart)
    {
        protected override Directive Handle(IActorRef child, Exception exception) =>
            child.Path.Name == HandlersName && exception is not ActorInitializationException ? Directive.Resume : base.Handle(child, exception);
    }
}
