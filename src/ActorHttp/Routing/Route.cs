using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Routing;

/// <summary>One pattern, its methods and its handler.</summary>
/// <remarks>
/// A pattern is a path such as <c>/user-agent</c>, or a path that ends in a parameter such as <c>/echo/{text}</c>. A parameter
/// matches the whole rest of the path, including slashes.
/// </remarks>
internal sealed record Route
{
    public Route(string pattern, IReadOnlyCollection<RequestMethod> methods, IActorRef handler, long? bodyLimit, IRouteRule? rule = null)
        : this(pattern, methods, new RouteTarget(handler), bodyLimit, rule)
    {
    }

    public Route(string pattern, IReadOnlyCollection<RequestMethod> methods, RouteTarget handler, long? bodyLimit, IRouteRule? rule = null)
    {
        Rule = rule;
        var brace = pattern.IndexOf('{', StringComparison.Ordinal);
        HasParameter = brace >= 0;
        Literal = HasParameter ? pattern[..brace] : pattern;
        Pattern = pattern;
        Methods = [.. methods];
        Handler = handler;
        BodyLimit = bodyLimit;
    }

    public string Pattern { get; }

    /// <summary>The part of the pattern before its parameter, or the whole pattern when the pattern has no parameter.</summary>
    public string Literal { get; }

    public bool HasParameter { get; }

    public RequestMethod[] Methods { get; }

    public RouteTarget Handler { get; }

    /// <summary>The rule that restricts the methods by the target; null for no restriction.</summary>
    public IRouteRule? Rule { get; }

    /// <summary>The maximum size of a request's body, in bytes; null for no limit.</summary>
    public long? BodyLimit { get; }

    /// <summary>Returns an error message for an invalid pattern; null for a valid pattern.</summary>
    public static string? Fault(string pattern)
    {
        if (!pattern.StartsWith('/'))
            return $"The route '{pattern}' does not start with a slash.";
        var brace = pattern.IndexOfAny(['{', '}']);
        if (brace < 0)
            return null;
        return pattern[brace] == '{'
            && pattern[brace - 1] == '/'
            && pattern.IndexOf('}', StringComparison.Ordinal) == pattern.Length - 1
            && pattern.Length > brace + 2
            ? null
            : $"The route '{pattern}' may have one parameter only, as its last segment: /path/{{name}}.";
    }

    /// <summary>
    /// Whether the route serves this method on a target that matches its pattern. A route that serves GET also serves HEAD (RFC 9110
    /// §9.3.2).
    /// </summary>
    public bool Serves(RequestMethod method, string path, string? query)
    {
        if (method == RequestMethod.Head)
            method = RequestMethod.Get;
        foreach (var served in Methods)
        {
            if (served == method)
                return Rule is null || Rule.Serves(method, path.AsSpan(Literal.Length), query);
        }

        return false;
    }
}
