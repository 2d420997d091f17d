using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>Tells the server that all handlers have been created.</summary>
/// <param name="Routes">The routes of each router.</param>
internal sealed record HandlersReady(IReadOnlyList<IReadOnlyList<Route>> Routes) : INoSerializationVerificationNeeded;

/// <summary>
/// Creates and supervises all handlers, as their parent. After a failure a handler rebuilds itself
/// (<see cref="HttpHandlerActor"/>) or is restarted by this actor. The number of restarts has no limit, so that requests that
/// cause failures cannot put a handler out of service. When a handler has stopped or could not be created, this actor creates the
/// handler again. The pause before each attempt grows, and the routes of the handler answer 503 meanwhile. This actor also
/// answers requests that have become dead letters, so that no client waits for a handler that has stopped.
/// </summary>
/// <remarks>
/// A stateless handler has one instance per router. The first instance has the name of the handler. Each other instance has this
/// name and a number. Each instance fails and recovers independently.
/// </remarks>
internal sealed class HandlersActor(
    IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter, int routers)
    : UntypedActor, IWithTimers
{
    // The instances by actor name.
    private readonly Dictionary<string, Handler> _handlers = [];

    // Whether HandlersReady has been sent. Before HandlersReady the server has no routers, so this actor sends no HandlerChanged.
    private bool _isReady;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="routers">The number of routers. Each router gets its own routes.</param>
    public static Props Props(
        IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter, int routers = 1) =>
        Akka.Actor.Props.Create(typeof(HandlersActor), definitions, supervision, retryAfter, routers).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // Subscribes to both kinds of dead letters. Akka does not log the suppressed kind, but some suppressed messages need a
        // reply (OnDeadLetter).
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        Context.System.EventStream.Subscribe(Self, typeof(SuppressedDeadLetter));
        List<Route>[] routes = [.. Enumerable.Range(0, routers).Select(_ => new List<Route>())];
        foreach (var handler in InstancesOf(definitions, routers))
        {
            _handlers.Add(handler.Name, handler);
            Create(handler);
            foreach (var target in handler.Targets)
            {
                target.Actor = handler.InService;
                target.RetryAfter = retryAfter;
                routes[target.Router].AddRange(
                    handler.Definition.Routes.Select(
                        route => new Route(route.Pattern, route.Methods, target, route.BodyLimit, route.Rule)));
            }
        }

        _isReady = true;
        Context.Parent.Tell(new HandlersReady(routes));
    }

    // Returns the instances of all handlers. An embedder may give a handler a name such as "echo-2". The second instance of the
    // handler "echo" then has the next free number.
    private static IEnumerable<Handler> InstancesOf(IReadOnlyList<HandlerDefinition> definitions, int routers)
    {
        var taken = definitions.Select(definition => definition.Name).ToHashSet();
        foreach (var definition in definitions)
        {
            if (definition.Another is null)
            {
                yield return new Handler(definition, definition.Name, definition.Props, Enumerable.Range(0, routers));
                continue;
            }

            var first = new Handler(definition, definition.Name, definition.Props, [0]);
            yield return first;
            var number = 1;
            for (var router = 1; router < routers; router++)
            {
                string name;
                do
                    name = $"{definition.Name}-{++number}";
                while (!taken.Add(name));
                yield return new Handler(definition, name, definition.Another(), [router], definition.NeedsFirst ? first : null);
            }
        }
    }

    protected override void PostStop() => RequestLog.Of(Context.System).EndWindow();

    protected override SupervisorStrategy SupervisorStrategy() => new Supervision(this);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ActorIdentity { MessageId: string name, Subject: { } actor }:
                OnStarted(_handlers[name], actor);
                break;
            case ActorIdentity:
                // The handler could not be created, or has already stopped. Akka also sends Terminated for such a handler, and
                // the next case handles Terminated.
                break;
            case Terminated terminated when _handlers.TryGetValue(terminated.ActorRef.Path.Name, out var handler):
                OnGone(handler);
                break;
            case CreateHandler create:
                Create(create.Handler);
                break;
            case AllDeadLetters dead:
                OnDeadLetter(dead);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Create(Handler handler)
    {
        try
        {
            var props = handler.Props;
            var actor = Context.ActorOf(
                props.Mailbox == Deploy.NoMailboxGiven ? props.WithMailbox(ActorHttpSettings.HandlerMailbox) : props, handler.Name);
            handler.Actor = Context.Watch(actor);

            // Akka replies with ActorIdentity after the constructor and PreStart have run. The first creation needs no reply: the
            // routers have not been told that the handler is out of service, so no message must revoke this state.
            if (handler.Attempts > 0)
                actor.Tell(new Identify(handler.Name), Self);
        }
        catch (Exception e)
        {
            // Akka has not created the actor, so no Terminated will arrive. One possible cause is a dispatcher in the Props that
            // does not exist.
            handler.Failure = e;
            OnGone(handler);
        }
    }

    private void OnStarted(Handler handler, IActorRef actor)
    {
        handler.Attempts = 0;
        if (!handler.IsDown)
            return;
        handler.IsDown = false;
        handler.Actor = actor;
        TellRouters(handler, retryAfter);
        Say(new Info(Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} is back in service."), "back");
    }

    private void OnGone(Handler handler)
    {
        var failure = handler.Failure;
        handler.Failure = null;
        var pause = supervision.Pause(++handler.Attempts, Random.Shared.NextDouble());
        Timers.StartSingleTimer(handler, new CreateHandler(handler), pause);
        handler.IsDown = true;
        TellRouters(handler, pause > retryAfter ? pause : retryAfter);
        if (failure is null)
        {
            Say(
                new Warning(
                    Path(handler),
                    GetType(),
                    $"The handler of {handler.Definition.Patterns} has stopped. It is created anew; its routes answer 503 until then."),
                "stopped");
        }

        if (failure is not null && !handler.SaysThatItFails)
        {
            Say(
                new Error(
                    failure,
                    Path(handler),
                    GetType(),
                    $"The handler of {handler.Definition.Patterns} cannot be created: {failure.Message.TrimEnd('.')}. It is "
                        + $"tried again every {supervision.LongestPause.TotalSeconds} s at most; its routes answer 503 until then."),
                "failed");
        }

        handler.SaysThatItFails = failure is not null;
    }

    // Tells the routers whether this instance is in service. Also tells the routers the state of each instance that depends on
    // this instance (HandlerDefinition.NeedsFirst).
    private void TellRouters(Handler handler, TimeSpan retryAfter)
    {
        if (!_isReady)
            return;
        foreach (var changed in _handlers.Values.Where(other => other == handler || other.First == handler))
        {
            foreach (var target in changed.Targets)
                Context.Parent.Tell(new HandlerChanged(target, changed.InService, retryAfter));
        }
    }

    private void OnDeadLetter(AllDeadLetters dead)
    {
        switch (dead.Message)
        {
            case HttpRequest request:
                request.Exchange.Connection.Tell(
                    HttpResponse.Unavailable(request.Exchange, "The handler of this route has gone.", retryAfter), Self);
                break;
            case HttpResponse { Body.Source: { } source } late:
                source.Tell(new CancelBody(late.Exchange), Self);
                break;
            case FollowExchange follow:
                dead.Sender.Tell(new ExchangeEnded(follow.Exchange), Self);
                break;
            case ActorTurn turn:
                turn.RunWithoutActor();
                break;
        }
    }

    // Writes a log line, unless RequestLog has reached its limit of lines. The limit is necessary because a handler may stop
    // itself at every request.
    private static void Say(LogEvent line, string kind)
    {
        if (RequestLog.Of(Context.System).Allows(line.LogSource, kind, (string)line.Message))
            Context.System.EventStream.Publish(line);
    }

    private string Path(Handler handler) => $"{Self.Path}/{handler.Name}";

    /// <summary>One instance of a handler and its state.</summary>
    /// <param name="definition">The definition of the handler.</param>
    /// <param name="name">The name of the actor.</param>
    /// <param name="props">How to create the actor.</param>
    /// <param name="routers">The numbers of the routers that send requests to this instance.</param>
    /// <param name="first">
    /// The first instance, when this instance sends requests to the first instance (NeedsFirst); otherwise null.
    /// </param>
    private sealed class Handler(HandlerDefinition definition, string name, Props props, IEnumerable<int> routers, Handler? first = null)
    {
        public HandlerDefinition Definition { get; } = definition;

        public string Name { get; } = name;

        public Props Props { get; } = props;

        public Handler? First { get; } = first;

        /// <summary>One target per router. After HandlersReady only the router of a target changes the target.</summary>
        public IReadOnlyList<RouteTarget> Targets { get; } = [.. routers.Select(router => new RouteTarget(router: router))];

        /// <summary>The actor that was created most recently.</summary>
        public IActorRef? Actor { get; set; }

        /// <summary>The actor that can receive requests; null while the instance is out of service.</summary>
        public IActorRef? InService => IsDown || First is { IsDown: true } ? null : Actor;

        /// <summary>The number of stops and failed creations since the last successful start.</summary>
        public int Attempts { get; set; }

        /// <summary>
        /// The exception that made the creation of the actor fail; null when the actor has stopped for another reason.
        /// </summary>
        public Exception? Failure { get; set; }

        public bool IsDown { get; set; }

        /// <summary>
        /// Whether the log already has an error line about the failed creation. While the creation keeps failing, no further line
        /// is logged.
        /// </summary>
        public bool SaysThatItFails { get; set; }
    }

    private sealed record CreateHandler(Handler Handler) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Supervision(HandlersActor parent) : HandlerStrategy
    {
        protected override Directive Handle(IActorRef child, Exception exception)
        {
            if (exception is not ActorInitializationException)
                return base.Handle(child, exception);
            if (parent._handlers.TryGetValue(child.Path.Name, out var handler))
                handler.Failure = CauseOf(exception);
            return Directive.Stop;
        }

        // Does not log failed creations, because OnGone logs each failed creation with the routes of the handler.
        protected override void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
        {
            if (cause is not ActorInitializationException)
                base.LogFailure(context, child, cause, directive);
        }
    }
}
