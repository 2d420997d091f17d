using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>The routes, the most specific first: whole paths before parameters, longer before shorter.</summary>
internal sealed class RouteTable
{
    private readonly Route[] _routes;
    private readonly RequestMethod[] _served;

    public RouteTable(IEnumerable<Route> routes)
    {
        _routes = [.. routes.OrderBy(route => route.HasParameter).ThenByDescending(route => route.Literal.Length)];
        _served = [.. _routes.SelectMany(route => route.Methods).Distinct()];
    }

    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>What all routes together allow: the answer to <c>OPTIONS *</c>.</summary>
    public string AllowedAnywhere => Allow(_routes);

    /// <summary>The route that answers this method on this path; null when there is none.</summary>
    public Route? Find(RequestMethod method, string path)
    {
        foreach (var route in _routes)
        {
            if (route.Serves(method) && route.Matches(path))
                return route;
        }

        return null;
    }

    /// <summary>The Allow field (RFC 9110 §10.2.1) of a path; null when no route matches it at all.</summary>
    public string? AllowedOn(string path)
    {
        var matching = Array.FindAll(_routes, route => route.Matches(path));
        return matching.Length == 0 ? null : Allow(matching);
    }

    /// <summary>What else the routes of a path say to OPTIONS.</summary>
    public IEnumerable<HttpField> OptionsOf(string path) => _routes.Where(route => route.Matches(path)).SelectMany(route => route.Options);

    /// <summary>Whether the method is a standard one or one that some route serves; any other is 501.</summary>
    public bool Knows(RequestMethod method) => method.IsStandard || _served.Contains(method);

    private static string Allow(IEnumerable<Route> routes)
    {
        var methods = routes.SelectMany(route => route.Methods).Append(RequestMethod.Options).Distinct().ToList();
        var get = methods.IndexOf(RequestMethod.Get);
        if (get >= 0 && !methods.Contains(RequestMethod.Head))
            methods.Insert(get + 1, RequestMethod.Head);
        return string.Join(", ", methods);
    }
}
