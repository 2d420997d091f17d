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
/// The root actor of a server. The root creates the handlers, then the routers, and then the listeners. In this order, the
/// handlers can already answer the requests of the first client. Each reactor has a router of its own, so that two reactors
/// never share a router.
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

    // The number of routers. When no reactor watches the sockets, one router serves all connections.
    private int Routers => settings.Io.TakesSockets && AcceptedSockets.IsSupported ? Math.Max(1, settings.Io.Reactors) : 1;

    public static Props Props(ActorHttpSettings settings, IReadOnlyList<HandlerDefinition> handlers, TimeProvider time) =>
        Akka.Actor.Props.Create(typeof(ServerActor), settings, handlers, time).WithDeploy(Deploy.Local);

    protected override void PreStart() =>
        Context.ActorOf(HandlersActor.Props(handlers, settings.Supervision, settings.Limits.RetryAfter, Routers), HandlersName);

    protected override SupervisorStrategy SupervisorStrategy() => new Supervision();

    // Removes the reactors. At this time all connections have ended, or the actor system does not wait for connections.
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
                // The server answers these messages after its start.
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
                    // Asks for the number of open requests before the drain, because the drain closes the connections that have
                    // no request. Each connection handles the two messages in this order.
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
                // The listener sends this message again after it has lost its socket and has bound the address a second time.
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

    // Binds the next address, after the previous address has been bound. With port 0, the system chooses the port of an
    // endpoint's first address. The second address of the endpoint must use the same port.
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

    // Returns the port of this endpoint's first bound address. Returns null when no address of this endpoint is bound yet.
    private int? PortOf(EndpointSettings endpoint) => (_bound.Find(bound => bound.Endpoint == endpoint)?.Address as IPEndPoint)?.Port;

    private static Func<Props>? AcceptorOf(EndpointSettings endpoint) => endpoint is UnixEndpointSettings unix
        ? () => UnixAcceptorActor.Props(unix.Path, unix.Mode).WithDispatcher(ActorHttpSettings.Dispatcher)
        : null;

    // Returns the name of a listener: "listener-ipv4" for an endpoint in the short form, "listener-ipv4-NAME" for an endpoint
    // with a name.
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
        // The failed listener holds no socket, so it needs no drain.
        Context.Stop(_listeners[^1]);
        _listeners.RemoveAt(_listeners.Count - 1);

        // With port 0, the system has chosen the port for the first address of "localhost" or "*". Another process may use this
        // port on the second address. One address is enough then.
        if (_binding!.Endpoint is TcpEndpointSettings { Port: 0 } endpoint && PortOf(endpoint) is not null)
        {
            BindNext();
            return;
        }

        BecomeFailed($"Cannot listen on {ListenAddresses.Text(failed.Address)}{NameOf(_binding.Endpoint)}: {failed.Reason}.");
    }

    // Ends the failed start. First releases the endpoints that are bound already, so that a failed server holds no socket. Then
    // reports the failure.
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

    /// <summary>An address that is bound, or that the server will bind.</summary>
    private sealed record ListenAddress(EndpointSettings Endpoint, EndPoint Address);

    /// <summary>
    /// Restarts a child after any exception, Kill included, because the server cannot work without one of its children. The
    /// routers and the listeners keep their state over a restart. The parent of the handlers (HandlersActor) is resumed and not
    /// restarted: a restart in Akka also restarts the handlers below the parent, and the transfers below the handlers.
    /// </summary>
    private sealed class Supervision() : LimitedStrategy(_ => Directive.Restart)
    {
        protected override Directive Handle(IActorRef child, Exception exception) =>
            child.Path.Name == HandlersName && exception is not ActorInitializationException
                ? Directive.Resume
                : base.Handle(child, exception);
    }
}
