using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>
/// Restricts the methods of a route depending on the path and the query of the target. The router calls the rule for each
/// request, so a rule with disk access would delay all other requests of the router. The result must not depend on the state of a
/// resource: the handler answers 404 or 409 when the state does not fit the method.
/// </summary>
internal interface IRouteRule
{
    /// <summary>Whether the target supports this method of the route. The caller passes GET for a HEAD request.</summary>
    /// <param name="parameter">The part of the path that matched the pattern's parameter, still percent-encoded.</param>
    bool Serves(RequestMethod method, ReadOnlySpan<char> parameter, string? query);

    /// <summary>Returns the fields that the answer to OPTIONS has in addition to Allow.</summary>
    HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query);
}
