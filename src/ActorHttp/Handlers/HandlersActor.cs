using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>The word to the server that every handler is there, and where requests go.</summary>
internal sealed record HandlersReady(IReadOnlyList<Route> Routes) : INoSerializationVerificationNeeded;

/// <summary>
/// The parent of all handlers. One that throws is restarted, and its request is answered with 500; one that throws too
/// often is given up, and the router answers 503 in its place. Requests that were on their way to a handler that is gone
/// are answered here, so that no client waits for nobody.
/// </summary>
internal sealed class HandlersActor(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter) : UntypedActor
{
    public static Props Props(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision, TimeSpan retryAfter) =>
        Akka.Actor.Props.Create(typeof(HandlersActor), definitions, supervision, retryAfter).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        var routes = new List<Route>();
        foreach (var definition in definitions)
        {
            var props = definition.Props.Mailbox == Deploy.NoMailboxGiven ? definition.Props.WithMailbox(ActorHttpSettings.HandlerMailbox) : definition.Props;
            var handler = Context.ActorOf(props, definition.Name);
            foreach (var route in definition.Routes)
                routes.Add(new Route(route.Pattern, route.Methods, handler, route.BodyLimit, route.Options));
        }

        Context.Parent.Tell(new HandlersReady(routes));
    }

    // Without base, and without PreStart: the handlers have nothing to do with what failed here, and the router knows them.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(supervision.HandlerRestarts, supervision.Within, _ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeadLetter { Message: HttpRequest request }:
                request.Exchange.Connection.Tell(
                    HttpResponse.Unavailable(request.Exchange, "The handler of this route has gone.", retryAfter), Self);
                break;
            case DeadLetter:
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
