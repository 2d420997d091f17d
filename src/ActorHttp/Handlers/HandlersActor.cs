using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>Sent to the server when the handlers have been started.</summary>
/// <param name="Routes">The routes of each router.</param>
internal sealed record HandlersReady(IReadOnlyList<IReadOnlyList<Route>> Routes) : INoSerializationVerificationNeeded;

/// <summary>
/// The parent of all handlers. A handler that fails rebuilds itself (<see cref="HttpHandlerActor"/>) or is restarted, without a
/// limit: no number of bad requests puts a handler out of service. One that cannot be created, or has stopped, is created
/// anew with growing pauses, and its routes answer 503 until then. Dead letters are dealt with here too, so that no client waits
/// for a handler that is gone.
/// </summary>
/// <remarks>
/// A stateless handler has an instance for each router. The first has the handler's name, the others a number behind it. Each
/// fails, goes and comes again for itself.
/// </remarks>
internal sealed class HandlersActor(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter, int routers)
    : UntypedActor, IWithTimers
{
    // By the names of the actors: there is one handler for each instance.
    private readonly Dictionary<string, Handler> _handlers = [];

    // Before that the server knows no routes, and nothing has to be told of a handler.
    private bool _isReady;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="routers">The number of routers. Each gets routes of its own.</param>
    public static Props Props(
        IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter, int routers = 1) =>
        Akka.Actor.Props.Create(typeof(HandlersActor), definitions, supervision, retryAfter, routers).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // The suppressed ones too: what clients who left cause is not logged, but somebody may still have to be told.
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
                routes[target.Router].AddRange(handler.Definition.Routes.Select(route => new Route(route.Pattern, route.Methods, target, route.BodyLimit, route.Rule)));
            }
        }

        _isReady = true;
        Context.Parent.Tell(new HandlersReady(routes));
    }

    // An embedder's handler may have the name of another handler's instance: then the instance takes the next free number.
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
                // It could not be created, or has stopped already. Its Terminated says so as well.
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

            // Akka answers when the constructor and PreStart are through. At first nobody has to know.
            if (handler.Attempts > 0)
                actor.Tell(new Identify(handler.Name), Self);
        }
        catch (Exception e)
        {
            // It could not even be tried. Its Props name a dispatcher that does not exist, for example.
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
            Say(new Warning(Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} has stopped. It is created anew; its routes answer 503 until then."), "stopped");
        if (failure is not null && !handler.SaysThatItFails)
        {
            Say(new Error(failure, Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} cannot be created: {failure.Message.TrimEnd('.')}. It is tried again every {supervision.LongestPause.TotalSeconds} s at most; its routes answer 503 until then."), "failed");
        }

        handler.SaysThatItFails = failure is not null;
    }

    // The instances that need this one come and go with it.
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

    // A handler can stop itself at every request, and be back each time: so these lines are limited too.
    private static void Say(LogEvent line, string kind)
    {
        if (RequestLog.Of(Context.System).Allows(line.LogSource, kind, (string)line.Message))
            Context.System.EventStream.Publish(line);
    }

    private string Path(Handler handler) => $"{Self.Path}/{handler.Name}";

    /// <summary>One instance of a handler and what has become of it.</summary>
    /// <param name="definition">The handler.</param>
    /// <param name="name">The name of the actor.</param>
    /// <param name="props">How to create the actor.</param>
    /// <param name="routers">The routers that send requests to it, by number.</param>
    /// <param name="first">The instance that this one needs; null when it needs none.</param>
    private sealed class Handler(HandlerDefinition definition, string name, Props props, IEnumerable<int> routers, Handler? first = null)
    {
        public HandlerDefinition Definition { get; } = definition;

        public string Name { get; } = name;

        public Props Props { get; } = props;

        public Handler? First { get; } = first;

        /// <summary>What each of its routers knows of it. Only that router changes the object once it has been given to it.</summary>
        public IReadOnlyList<RouteTarget> Targets { get; } = [.. routers.Select(router => new RouteTarget(router: router))];

        /// <summary>The actor that was created last.</summary>
        public IActorRef? Actor { get; set; }

        /// <summary>The actor that requests can be sent to; null while there is none.</summary>
        public IActorRef? InService => IsDown || First is { IsDown: true } ? null : Actor;

        /// <summary>How often in a row it has gone without having been started in between.</summary>
        public int Attempts { get; set; }

        /// <summary>Why it cannot be created; null when it has stopped for another reason.</summary>
        public Exception? Failure { get; set; }

        public bool IsDown { get; set; }

        /// <summary>Whether the log says already that it cannot be created.</summary>
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

        // Of one that cannot be created we say more ourselves.
        protected override void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
        {
            if (cause is not ActorInitializationException)
                base.LogFailure(context, child, cause, directive);
        }
    }
}
