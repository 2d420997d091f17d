using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>A handler actor to be, and the routes that it answers.</summary>
internal sealed record HandlerDefinition(string Name, Props Props, IReadOnlyList<RouteDefinition> Routes)
{
    /// <summary>The patterns of the routes, for a log.</summary>
    public string Patterns => string.Join(", ", Routes.Select(route => route.Pattern));
}

/// <summary>A route before its handler exists.</summary>
/// <param name="BodyLimit">The most that a request's body may hold, in bytes; null for no limit.</param>
/// <param name="Rule">What narrows the methods by target; null for nothing.</param>
internal sealed record RouteDefinition(string Pattern, IReadOnlyList<RequestMethod> Methods, long? BodyLimit, IRouteRule? Rule = null);
