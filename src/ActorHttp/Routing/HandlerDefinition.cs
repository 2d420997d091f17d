using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>Describes a handler before its actor exists: its name, its Props and its routes.</summary>
internal sealed record HandlerDefinition(string Name, Props Props, IReadOnlyList<RouteDefinition> Routes)
{
    /// <summary>
    /// Creates the Props of one more instance, for another router. Null when one instance serves all routers, because the handler
    /// may have state.
    /// </summary>
    public Func<Props>? Another { get; init; }

    /// <summary>
    /// Whether the other instances send requests to the first instance. If true, all instances are out of service while the first
    /// instance is out of service.
    /// </summary>
    public bool NeedsFirst { get; init; }

    /// <summary>The patterns of the routes, as text for a log.</summary>
    public string Patterns => string.Join(", ", Routes.Select(route => route.Pattern));
}

/// <summary>Describes a route before its handler's actor exists.</summary>
/// <param name="BodyLimit">The maximum size of a request's body, in bytes; null for no limit.</param>
/// <param name="Rule">The rule that restricts the methods by the target; null for no restriction.</param>
internal sealed record RouteDefinition(string Pattern, IReadOnlyList<RequestMethod> Methods, long? BodyLimit, IRouteRule? Rule = null);
