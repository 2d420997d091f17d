using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>A handler actor to be, and the routes that it answers.</summary>
internal sealed record HandlerDefinition(string Name, Props Props, IReadOnlyList<RouteDefinition> Routes)
{
    /// <summary>
    /// Makes the Props of one more instance, for another reactor. Null when one instance serves all reactors, because the handler
    /// may have state.
    /// </summary>
    public Func<Props>? Another { get; init; }

    /// <summary>Whether the other instances send requests to the first one. They are out of service while the first one is.</summary>
    public bool NeedsFirst { get; init; }

    /// <summary>The patterns of the routes, for a log.</summary>
    public string Patterns => string.Join(", ", Routes.Select(route => route.Pattern));
}

/// <summary>A route before its handler exists.</summary>
/// <param name="BodyLimit">The most that a request's body may hold, in bytes; null for no limit.</param>
/// <param name="Rule">What narrows the methods by target; null for nothing.</param>
internal sealed record RouteDefinition(string Pattern, IReadOnlyList<RequestMethod> Methods, long? BodyLimit, IRouteRule? Rule = null);
