using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>
/// Narrows the methods of a route by the form of the target. The router asks it for each request, so it must not look at a
/// disk; what depends on the state of the resource is no matter of methods (404, 409).
/// </summary>
internal interface IRouteRule
{
    /// <summary>Whether the target has this method, which is one of the route's; HEAD is asked for as GET.</summary>
    /// <param name="parameter">What the pattern's parameter matched, still percent-encoded.</param>
    bool Serves(RequestMethod method, ReadOnlySpan<char> parameter, string? query);

    /// <summary>What OPTIONS is answered beside Allow.</summary>
    HttpHeaders OptionsOf(ReadOnlySpan<char> parameter, string? query);
}
