using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>Sent to the server when the handlers have been started: where requests go.</summary>
internal sealed record HandlersReady(IReadOnlyList<Route> Routes) : INoSerializationVerificationNeeded;

/// <summary>
/// The parent of all handlers. A handler that fails rebuilds itself (<see cref="HttpHandlerActor"/>) or is restarted, without a
/// limit: no number of bad requests puts a handler out of service. One that cannot be created, or has stopped, is created
/// anew with growing pauses, and its routes answer 503 until then. Dead letters are dealt with here too, so that no client waits
/// for a handler that is gone.
/// </summary>
internal sealed class HandlersActor(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter)
    : UntypedActor, IWithTimers
{
    private readonly Dictionary<string, Handler> _handlers = [];

    // Before that the server knows no routes, and nothing has to be told of a handler.
    private bool _isReady;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter) =>
        Akka.Actor.Props.Create(typeof(HandlersActor), definitions, supervision, retryAfter).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // The suppressed ones too: what clients who left cause is not logged, but somebody may still have to be told.
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        Context.System.EventStream.Subscribe(Self, typeof(SuppressedDeadLetter));
        var routes = new List<Route>();
        foreach (var definition in definitions)
        {
            var handler = new Handler(definition);
            _handlers.Add(definition.Name, handler);
            var actor = Create(handler);
            handler.Target.Actor = actor;
            handler.Target.RetryAfter = retryAfter;
            routes.AddRange(definition.Routes.Select(route => new Route(route.Pattern, route.Methods, handler.Target, route.BodyLimit, route.Rule)));
        }

        _isReady = true;
        Context.Parent.Tell(new HandlersReady(routes));
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

    // Null when it cannot even be tried, because its Props name a dispatcher that does not exist, say.
    private IActorRef? Create(Handler handler)
    {
        try
        {
            var props = handler.Definition.Props;
            var actor = Context.ActorOf(
                props.Mailbox == Deploy.NoMailboxGiven ? props.WithMailbox(ActorHttpSettings.HandlerMailbox) : props, handler.Definition.Name);
            Context.Watch(actor);

            // Akka answers when the constructor and PreStart are through. At first nobody has to know.
            if (handler.Attempts > 0)
                actor.Tell(new Identify(handler.Definition.Name), Self);
            return actor;
        }
        catch (Exception e)
        {
            handler.Failure = e;
            OnGone(handler);
            return null;
        }
    }

    private void OnStarted(Handler handler, IActorRef actor)
    {
        handler.Attempts = 0;
        if (!handler.IsDown)
            return;
        handler.IsDown = false;
        Context.Parent.Tell(new HandlerChanged(handler.Target, actor, retryAfter));
        Say(new Info(Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} is back in service."), "back");
    }

    private void OnGone(Handler handler)
    {
        var failure = handler.Failure;
        handler.Failure = null;
        var pause = supervision.Pause(++handler.Attempts, Random.Shared.NextDouble());
        Timers.StartSingleTimer(handler, new CreateHandler(handler), pause);
        if (_isReady)
            Context.Parent.Tell(new HandlerChanged(handler.Target, null, pause > retryAfter ? pause : retryAfter));
        if (failure is null)
            Say(new Warning(Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} has stopped. It is created anew; its routes answer 503 until then."), "stopped");
        if (failure is not null && !handler.SaysThatItFails)
        {
            Say(new Error(failure, Path(handler), GetType(), $"The handler of {handler.Definition.Patterns} cannot be created: {failure.Message.TrimEnd('.')}. It is tried again every {supervision.LongestPause.TotalSeconds} s at most; its routes answer 503 until then."), "failed");
        }

        handler.SaysThatItFails = failure is not null;
        handler.IsDown = true;
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

    private string Path(Handler handler) => $"{Self.Path}/{handler.Definition.Name}";

    /// <summary>One handler and what has become of it.</summary>
    private sealed class Handler(HandlerDefinition definition)
    {
        public HandlerDefinition Definition { get; } = definition;

        /// <summary>What the router knows of it. Only the router changes it once it has been told.</summary>
        public RouteTarget Target { get; } = new();

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
