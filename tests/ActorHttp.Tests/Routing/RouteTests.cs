using ActorHttp.Messages;
using ActorHttp.Routing;
using Akka.Actor;

namespace ActorHttp.Tests.Routing;

public sealed class RouteTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/x", false)]
    [InlineData("/echo", "/echo", true)]
    [InlineData("/echo", "/echo/", false)]
    [InlineData("/echo", "/ECHO", false)]
    [InlineData("/echo/{text}", "/echo/", true)]
    [InlineData("/echo/{text}", "/echo/a/b", true)]
    [InlineData("/echo/{text}", "/echo", false)]
    [InlineData("/echo/{text}", "/echoes", false)]
    [InlineData("/{all}", "/anything/at/all", true)]
    public void A_pattern_matches_a_path_or_all_below_one(string pattern, string path, bool matches) =>
        Assert.Equal(matches, new RouteTable([Of(pattern, RequestMethod.Get)]).Find(RequestMethod.Get, path) is not null);

    [Fact, Trait("RFC", "9110 §9.3.2")]
    public void HEAD_is_served_where_GET_is()
    {
        Assert.True(Of("/", RequestMethod.Get).Serves(RequestMethod.Head, "/", null));
        Assert.False(Of("/", RequestMethod.Post).Serves(RequestMethod.Head, "/", null));
        Assert.False(Of("/", RequestMethod.Get).Serves(RequestMethod.Post, "/", null));
    }

    [Fact, Trait("RFC", "9110 §9.1")]
    public void Methods_are_case_sensitive() => Assert.False(Of("/", RequestMethod.Get).Serves(new RequestMethod("get"), "/", null));

    [Theory]
    [InlineData("/")]
    [InlineData("/a/b-c")]
    [InlineData("/{all}")]
    [InlineData("/a/{rest}")]
    public void These_patterns_are_fine(string pattern) => Assert.Null(Route.Fault(pattern));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("{x}")]
    [InlineData("/a{x}")]
    [InlineData("/{}")]
    [InlineData("/{x")]
    [InlineData("/x}")]
    [InlineData("/{x}/y")]
    [InlineData("/{x}/{y}")]
    [InlineData("/{x}}")]
    public void These_are_not_and_are_told_why(string pattern)
    {
        var fault = Route.Fault(pattern);
        Assert.NotNull(fault);
        Assert.Contains($"'{pattern}'", fault);
    }

    private static Route Of(string pattern, params RequestMethod[] methods) => new(pattern, methods, ActorRefs.Nobody, null);
}
