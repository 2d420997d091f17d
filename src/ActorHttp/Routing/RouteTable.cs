using ActorHttp.Messages;

namespace ActorHttp.Routing;

/// <summary>
/// The routes, the most specific first: whole paths before parameters, longer before shorter. They are found by hash, a whole
/// path at once and a parameter's path by each length that there is, so that it matters little how many routes there are.
/// </summary>
internal sealed class RouteTable
{
    private readonly Route[] _routes;
    private readonly Dictionary<string, Route[]> _whole;
    private readonly Dictionary<string, Route[]>.AlternateLookup<ReadOnlySpan<char>> _open;

    // The lengths of what stands before a parameter, the longest first. Not the slashes of a path: a client chooses how many
    // of those there are.
    private readonly int[] _lengths;

    // The length of the longest whole path: a longer one need not be hashed.
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

    /// <summary>What all routes together allow: the answer to <c>OPTIONS *</c>.</summary>
    public string AllowedAnywhere => Allow(_served);

    /// <summary>The route that answers this method on this target; null when there is none.</summary>
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

    /// <summary>The Allow field (RFC 9110 §10.2.1) of a target: exactly the methods that <see cref="Find"/> has a route for, and OPTIONS. Null when no route matches its path at all.</summary>
    public string? AllowedOn(string path, string? query = null)
    {
        var matching = Matching(path);
        return matching.Count == 0
            ? null
            : Allow(matching.SelectMany(route => route.Methods.Where(method => route.Serves(method, path, query))));
    }

    /// <summary>What else the routes of a target say to OPTIONS.</summary>
    public IEnumerable<HttpField> OptionsOf(string path, string? query) =>
        Matching(path).SelectMany(route => route.Rule?.OptionsOf(path.AsSpan(route.Literal.Length), query) ?? HttpHeaders.Empty);

    /// <summary>Whether the method is a standard one or one that some route serves; any other is 501.</summary>
    public bool Knows(RequestMethod method) => method.IsStandard || _served.Contains(method);

    private List<Route> Matching(string path)
    {
        var matching = new List<Route>();
        var step = 0;
        while (NextMatching(path, ref step) is { } routes)
            matching.AddRange(routes);
        return matching;
    }

    // The routes of the next pattern that the path matches, the most specific first. The first step is the whole path, and then
    // there is one for each length.
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
