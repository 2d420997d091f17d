using ActorHttp.Messages;
using ActorHttp.Routing;
using Akka.Actor;

namespace ActorHttp.Tests.Routing;

public sealed class RouteTableTests
{
    private readonly RouteTable _table = new(
    [
        Of("/{all}", RequestMethod.Get),
        Of("/echo/{text}", RequestMethod.Get),
        Of("/echo/special/{text}", RequestMethod.Get),
        Of("/echo/special/one", RequestMethod.Get, RequestMethod.Post),
        Of("/echo/special/one", RequestMethod.Delete),
        Of("/purge", new RequestMethod("PURGE")),
    ]);

    [Theory]
    [InlineData("/", "/{all}")]
    [InlineData("/echo", "/{all}")]
    [InlineData("/echo/x", "/echo/{text}")]
    [InlineData("/echo/special", "/echo/{text}")]
    [InlineData("/echo/special/", "/echo/special/{text}")]
    [InlineData("/echo/special/one", "/echo/special/one")]
    [InlineData("/echo/special/one/", "/echo/special/{text}")]
    public void The_most_specific_pattern_wins(string path, string pattern) =>
        Assert.Equal(pattern, _table.Find(RequestMethod.Get, path)?.Pattern);

    [Fact]
    public void A_route_that_does_not_serve_the_method_leaves_it_to_the_next()
    {
        Assert.Equal([RequestMethod.Delete], _table.Find(RequestMethod.Delete, "/echo/special/one")!.Methods);
        Assert.Null(_table.Find(RequestMethod.Put, "/echo/special/one"));
    }

    [Fact]
    public void Routes_are_listed_the_most_specific_first() => Assert.Equal(
        ["/echo/special/one", "/echo/special/one", "/purge", "/echo/special/{text}", "/echo/{text}", "/{all}"],
        _table.Routes.Select(route => route.Pattern));

    // The table finds by hash what this finds by looking at each route in turn.
    [Fact]
    public void Every_table_finds_what_a_look_at_each_of_its_routes_would()
    {
        Route[] all =
        [
            Of("/", RequestMethod.Get), Of("/{x}", RequestMethod.Get), Of("/a", RequestMethod.Post), Of("/a", RequestMethod.Get),
            Of("/a/{x}", RequestMethod.Post), Of("/b/{x}", RequestMethod.Get), Of("/a/b/{x}", RequestMethod.Get),
            Of("/a/b", RequestMethod.Put),
        ];
        string[] paths = ["", "*", "/", "/a", "/A", "/a/", "/a/b", "/a/b/", "/a/b/c/d", "/b", "/b/x", "/bb/x", "/c", "//", "//a/b/"];
        for (var subset = 0; subset < 1 << all.Length; subset++)
        {
            Route[] routes = [.. all.Where((_, i) => (subset >> i & 1) == 1)];
            var table = new RouteTable(routes);
            var ordered = routes.OrderBy(route => route.HasParameter).ThenByDescending(route => route.Literal.Length).ToList();
            foreach (var path in paths)
            {
                var matching = ordered.FindAll(
                    route => route.HasParameter ? path.StartsWith(route.Literal, StringComparison.Ordinal) : path == route.Literal);
                foreach (var method in new[] { RequestMethod.Get, RequestMethod.Head, RequestMethod.Post, RequestMethod.Put })
                    Assert.Same(matching.Find(route => route.Serves(method, path, null)), table.Find(method, path));
                Assert.Equal(matching.Count > 0, table.AllowedOn(path) is not null);
            }
        }
    }

    [Fact, Trait("RFC", "9110 §10.2.1")]
    public void What_is_allowed_is_what_all_routes_of_a_path_serve_with_HEAD_and_OPTIONS()
    {
        Assert.Equal("GET, HEAD, POST, DELETE, OPTIONS", _table.AllowedOn("/echo/special/one"));
        Assert.Equal("GET, HEAD, OPTIONS", _table.AllowedOn("/elsewhere"));
        Assert.Null(new RouteTable([Of("/a", RequestMethod.Get)]).AllowedOn("/b"));
    }

    [Fact, Trait("RFC", "9110 §15.6.2")]
    public void A_method_is_known_when_the_standards_or_a_route_name_it()
    {
        Assert.True(_table.Knows(RequestMethod.Patch));
        Assert.True(_table.Knows(new RequestMethod("PURGE")));
        Assert.False(_table.Knows(new RequestMethod("BREW")));
        Assert.False(_table.Knows(new RequestMethod("get")));
    }

    private static Route Of(string pattern, params RequestMethod[] methods) => new(pattern, methods, ActorRefs.Nobody, null);
}
