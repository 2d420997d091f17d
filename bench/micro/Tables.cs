using ActorHttp.Messages;
using ActorHttp.Routing;
using Akka.Actor;

namespace ActorHttp.Micro;

/// <summary>Route tables.</summary>
internal static class Tables
{
    /// <summary>The routes of the console host.</summary>
    public static RouteTable OfConsole(IActorRef handler) => new(
    [
        new Route("/", [RequestMethod.Get], handler, null),
        new Route("/echo/{text}", [RequestMethod.Get], handler, null),
        new Route("/echo", [RequestMethod.Post], handler, null),
        new Route("/user-agent", [RequestMethod.Get], handler, null),
        new Route("/files/{path}", [RequestMethod.Get, RequestMethod.Post, RequestMethod.Put, RequestMethod.Delete], handler, null),
    ]);

    /// <summary>Returns a table with a number of routes, half of them with a parameter.</summary>
    public static RouteTable Of(int routes) => new(Enumerable.Range(0, routes).Select(i =>
        new Route(i % 2 == 0 ? $"/section/{i}/page" : $"/section/{i}/{{rest}}", [RequestMethod.Get], ActorRefs.Nobody, null)));
}
