using ActorHttp.Routing;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Handlers;

/// <summary>The word to the server that every handler is there, and where requests go.</summary>
internal sealed record HandlersReady(IReadOnlyList<Route> Routes) : INoSerializationVerificationNeeded;

/// <summary>
/// The parent of all handlers. One that throws is restarted, and its request is answered with 500; one that throws too
/// often is given up, and the router answers 503 in its place.
/// </summary>
internal sealed class HandlersActor(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision) : UntypedActor
{
    public static Props Props(IReadOnlyList<HandlerDefinition> definitions, SupervisionSettings supervision) =>
        Akka.Actor.Props.Create(typeof(HandlersActor), definitions, supervision).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        var routes = new List<Route>();
        foreach (var definition in definitions)
        {
            var handler = Context.ActorOf(definition.Props, definition.Name);
            foreach (var route in definition.Routes)
                routes.Add(new Route(route.Pattern, route.Methods, handler, route.BodyLimit));
        }

        Context.Parent.Tell(new HandlersReady(routes));
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(supervision.HandlerRestarts, supervision.Within, _ => Directive.Restart);

    protected override void OnReceive(object message) => Unhandled(message);
}
