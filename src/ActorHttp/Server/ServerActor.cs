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
/// <param name="settings">The server's settings.</param>
/// <param name="handlers">The handlers and their routes.</param>
/// <param name="time">The clock for the Date field.</param>
internal sealed class ServerActor(ActorHttpSettings settings, IReadOnlyList<HandlerDefinition> handlers, TimeProvider time)
    : UntypedActor, IWithStash, IWithTimers
{
    private const string HandlersName = "handlers";

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<ListenAddress> _toBind = new();
    private readonly List<IActorRef> _listeners = [];
    private readonly List<ListenAddress> _bound = [];
    private ListenAddress? _binding;
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

    // All connections have ended by now, or the actor system does not wait for them.
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
                _bound.Add(_binding! with { Address = bound.Address });
                BindNext();
                break;
            case ListenerFailed failed:
                Fail(failed);
                break;
            case GetServerState or DrainServer:
                // Answered when the start is over.
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
                Sender.Tell(Bound());
                break;
            case DrainServer drain:
                _drainer = Sender;
                Timers.StartSingleTimer(EndDrain.Instance, EndDrain.Instance, drain.Limit);
                if (drain.Begun is not null)
                {
                    // Sent before the drain, which closes the connections without a request: each connection handles its messages in order.
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
                // Sent again after the listener has lost its socket and bound it anew.
                break;
            case ListenerFailed failed:
                var reason = new CannotListen($"Cannot listen on {ListenAddresses.Text(failed.Address)} any more: {failed.Reason}.");
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
            Context.ActorOf(
                RouterActor.Props(new RouteTable(routes), new ServedHosts(settings.Hosts)),
                number == 0 ? "router" : $"router-{number + 1}"))];
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

        ServerContext[] contexts =
            [.. _routers.Select(router => new ServerContext(settings, router, new DateField(time), reactors, _log.IsDebugEnabled))];
        _context = contexts[0] with { ByReactor = contexts };
        RunQueuePools.Of(Context.System).Add(reactors);
        FindAddresses();
    }

    private ServerBound Bound()
    {
        var endpoints = _bound.GroupBy(bound => bound.Endpoint, bound => bound.Address);
        return new ServerBound([.. endpoints.Select(addresses => new BoundEndpoint(addresses.Key, [.. addresses]))]);
    }

    private void TellListeners(object message)
    {
        foreach (var listener in _listeners)
            listener.Tell(message);
    }

    private void FindAddresses()
    {
        foreach (var endpoint in settings.ListenOn())
        {
            try
            {
                var addresses = ListenAddresses.Of(endpoint);
                if (settings.HasFaults && !ListenAddresses.AreLoopback(addresses))
                {
                    BecomeFailed(
                        $"actor-http.faults.enabled cannot be on for {HostOf(endpoint)}: only this machine's loopback may ask "
                            + $"for failures.");
                    return;
                }

                foreach (var address in addresses)
                    _toBind.Enqueue(new ListenAddress(endpoint, address));
            }
            catch (Exception e) when (e is SocketException or ArgumentException)
            {
                BecomeFailed($"Cannot listen on {HostOf(endpoint)}{NameOf(endpoint)}: {e.Message}.");
                return;
            }
        }

        BindNext();
    }

    // One after the other: with port 0 the second address of an endpoint takes the port that the first one was given.
    private void BindNext()
    {
        if (_toBind.Count == 0)
        {
            _log.Debug("Listening on {0}", string.Join(" and ", _bound.Select(bound => ListenAddresses.Text(bound.Address))));
            if (OpenFiles.Limit < settings.Limits.Connections)
            {
                _log.Warning(
                    "actor-http.limits.connections is {0}, but this process may have {1} files open (ulimit -n): clients are "
                        + "refused before they run out",
                    settings.Limits.Connections,
                    OpenFiles.Limit);
            }

            _context!.Reactors.StartMonitor();
            Become(Running);
            Stash.UnstashAll();
            return;
        }

        var next = _toBind.Dequeue();
        if (next.Address is IPEndPoint address && PortOf(next.Endpoint) is { } port)
            next = next with { Address = new IPEndPoint(address.Address, port) };
        _binding = next;
        _listeners.Add(Context.ActorOf(ListenerActor.Props(next.Address, _context!, AcceptorOf(next.Endpoint)), ListenerName(next)));
    }

    // The port that the first address of this endpoint has been given; null when none is bound yet.
    private int? PortOf(EndpointSettings endpoint) => (_bound.Find(bound => bound.Endpoint == endpoint)?.Address as IPEndPoint)?.Port;

    private static Func<Props>? AcceptorOf(EndpointSettings endpoint) => endpoint is UnixEndpointSettings unix
        ? () => UnixAcceptorActor.Props(unix.Path, unix.Mode).WithDispatcher(ActorHttpSettings.Dispatcher)
        : null;

    // "listener-ipv4" for the short form, "listener-ipv4-NAME" for an endpoint with a name.
    private static string ListenerName(ListenAddress listen)
    {
        var kind = listen.Address.AddressFamily switch
        {
            AddressFamily.InterNetworkV6 => "ipv6",
            AddressFamily.Unix => "unix",
            _ => "ipv4",
        };
        return listen.Endpoint.Name.Length == 0 ? $"listener-{kind}" : $"listener-{kind}-{listen.Endpoint.Name}";
    }

    private void Fail(ListenerFailed failed)
    {
        // The failed listener holds no socket.
        Context.Stop(_listeners[^1]);
        _listeners.RemoveAt(_listeners.Count - 1);

        // With a port that the system has picked, one address of "localhost" or "*" is enough: the port may be in use on the other one.
        if (_binding!.Endpoint is TcpEndpointSettings { Port: 0 } endpoint && PortOf(endpoint) is not null)
        {
            BindNext();
            return;
        }

        BecomeFailed($"Cannot listen on {ListenAddresses.Text(failed.Address)}{NameOf(_binding.Endpoint)}: {failed.Reason}.");
    }

    // All or nothing: the endpoints that are bound already are released, and only then the failure is reported.
    private void BecomeFailed(string reason)
    {
        if (_listeners.Count == 0)
        {
            BecomeStopped(reason);
            return;
        }

        TellListeners(Drain.Instance);
        TellListeners(EndDrain.Instance);
        Become(message =>
        {
            switch (message)
            {
                case ListenerDrained when ++_drained == _listeners.Count:
                    BecomeStopped(reason);
                    break;
                case GetServerState or DrainServer:
                    Stash.Stash();
                    break;
            }
        });
    }

    private void BecomeStopped(string reason)
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

    private static string HostOf(EndpointSettings endpoint) => endpoint switch
    {
        TcpEndpointSettings tcp => tcp.Host,
        UnixEndpointSettings unix => $"unix:{unix.Path}",
        _ => endpoint.Name,
    };

    private static string NameOf(EndpointSettings endpoint) => endpoint.Name.Length == 0 ? "" : $" (endpoint {endpoint.Name})";

    /// <summary>An address to bind, or one that is bound.</summary>
    private sealed record ListenAddress(EndpointSettings Endpoint, EndPoint Address);

    /// <summary>
    /// Restarts a child whatever it threw, Kill included: without each of its children there is no server. The routers and the listeners
    /// keep their state over a restart. The parent of the handlers is resumed, because Akka's restart would also restart the handlers
    /// below it, and the transfers below those.
    /// </summary>
    private sealed class Supervision() : LimitedStrategy(_ => Directive.Restart)
    {
        protected override Directive Handle(IActorRef child, Exception exception) =>
            child.Path.Name == HandlersName && exception is not ActorInitializationException
                ? Directive.Resume
                : base.Handle(child, exception);
    }
}
