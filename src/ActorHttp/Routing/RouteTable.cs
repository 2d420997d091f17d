using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>
/// Finds the route of a request. The most specific route wins: a whole path before a path with a parameter, and a longer pattern
/// before a shorter pattern. The table uses hash lookups: one lookup for whole paths, and one lookup for each distinct length of
/// the text before a parameter. So the time of a search hardly depends on the number of routes.
/// </summary>
internal sealed class RouteTable
{
    private readonly Route[] _routes;
    private readonly Dictionary<string, Route[]> _whole;
    private readonly Dictionary<string, Route[]>.AlternateLookup<ReadOnlySpan<char>> _open;

    // The distinct lengths of the text before a parameter, the longest first. A lookup at each slash of the path would also find
    // the routes. But the client chooses the number of slashes, and so could make the search slow.
    private readonly int[] _lengths;

    // The length of the longest route without a parameter. A longer path of a request matches none of these routes, so the table
    // does not compute the hash of the path.
    private readonly int _longest;
    private readonly RequestMethod[] _served;

    public RouteTable(IEnumerable<Route> routes)
    {
        _routes = [.. routes.OrderBy(route => route.HasParameter).ThenByDescending(route => route.Literal.Length)];
        _whole = ByLiteral(_routes.Where(route => !route.HasParameter));
        _open = ByLiteral(_routes.Where(route => route.HasParameter)).GetAlternateLookup<ReadOnlySpan<char>>();
        _longest = _whole.Keys.Select(path => path.Length).DefaultIfEmpty().Max();
        _lengths = [.. _open.Dictionary.Keys.Select(literal => literal.Length).Distinct().OrderDescending()];
        _served = [.. _routes.SelectMany(route => route.Methods).Distinct()];
    }

    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>The value of the Allow field in the answer to <c>OPTIONS *</c>: the methods of all routes.</summary>
    public string AllowedAnywhere => Allow(_served);

    /// <summary>Returns the route that serves this method on this target; null when no route does.</summary>
    public Route? Find(RequestMethod method, string path, string? query = null)
    {
        var step = 0;
        while (NextMatching(path, ref step) is { } routes)
        {
            foreach (var route in routes)
            {
                if (route.Serves(method, path, query))
                    return route;
            }
        }

        return null;
    }

    /// <summary>
    /// Returns the value of the Allow field (RFC 9110 §10.2.1) for a target; null when no route matches the path. The value
    /// contains OPTIONS and exactly those methods for which <see cref="Find"/> finds a route.
    /// </summary>
    public string? AllowedOn(string path, string? query = null)
    {
        var matching = Matching(path);
        return matching.Count == 0
            ? null
            : Allow(matching.SelectMany(route => route.Methods.Where(method => route.Serves(method, path, query))));
    }

    /// <summary>Returns the fields that the answer to OPTIONS on this target has in addition to Allow.</summary>
    public IEnumerable<HttpField> OptionsOf(string path, string? query) =>
        Matching(path).SelectMany(route => route.Rule?.OptionsOf(path.AsSpan(route.Literal.Length), query) ?? HttpHeaders.Empty);

    /// <summary>Whether the method is standard, or any route serves it. The router answers every other method with 501.</summary>
    public bool Knows(RequestMethod method) => method.IsStandard || _served.Contains(method);

    private List<Route> Matching(string path)
    {
        var matching = new List<Route>();
        var step = 0;
        while (NextMatching(path, ref step) is { } routes)
            matching.AddRange(routes);
        return matching;
    }

    // Returns the routes of the next pattern that the path matches, the most specific pattern first; null after the last pattern.
    // Step 0 looks up the whole path. Each further step looks up the start of the path in one of the lengths.
    private Route[]? NextMatching(string path, ref int step)
    {
        if (step == 0)
        {
            step++;
            if (path.Length <= _longest && _whole.TryGetValue(path, out var routes))
                return routes;
        }

        while (step <= _lengths.Length)
        {
            var length = _lengths[step++ - 1];
            if (length <= path.Length && _open.TryGetValue(path.AsSpan(0, length), out var routes))
                return routes;
        }

        return null;
    }

    private static Dictionary<string, Route[]> ByLiteral(IEnumerable<Route> routes) =>
        routes.GroupBy(route => route.Literal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    private static string Allow(IEnumerable<RequestMethod> served)
    {
        var methods = served.Append(RequestMethod.Options).Distinct().ToList();
        var get = methods.IndexOf(RequestMethod.Get);
        if (get >= 0 && !methods.Contains(RequestMethod.Head))
            methods.Insert(get + 1, RequestMethod.Head);
        return string.Join(", ", methods);
    }
}
