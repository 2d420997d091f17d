using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>
/// Restricts the methods of a route depending on the path and the query of the target. The router calls the rule for each
/// request, so the rule must not access a disk. The state of a resource does not change its methods: the handler answers 404 or
/// 409 for it.
/// </summary>
internal interface IRouteRule
{
    /// <summary>Whether the target supports this method of the route. For HEAD the caller passes GET.</summary>
    /// <param name="parameter">The part of the path that matched the pattern's parameter, still percent-encoded.</param>
    bool Serves(RequestMethod method, ReadOnlySpan<char> parameter, string? query);

    /// <summary>Returns the fields that the answer to OPTIONS has in addition to Allow.</summary>
    HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query);
}
