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
