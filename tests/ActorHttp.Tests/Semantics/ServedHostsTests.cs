using ActorHttp.Semantics;

namespace ActorHttp.Tests.Semantics;

public sealed class ServedHostsTests
{
    private static readonly ServedHosts Some = new(["example.org", "*.below.example", "192.0.2.1"]);

    [Theory, Trait("RFC", "6761 §6.3")]
    [InlineData("localhost")]
    [InlineData("LocalHost:4221")]
    [InlineData("localhost.")]
    [InlineData("a.localhost")]
    [InlineData("a.b.localhost:80")]
    [InlineData("127.0.0.1")]
    [InlineData("192.168.1.20:4221")]
    [InlineData("[::1]")]
    [InlineData("[2001:db8::1]:4221")]
    [InlineData(null)]
    public void What_no_page_can_have_for_its_own_name_is_always_served(string? host)
    {
        Assert.True(Some.Serve(host));
        Assert.True(new ServedHosts(["localhost"]).Serve(host));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("evillocalhost")]
    [InlineData(".localhost")]
    [InlineData("..localhost")]
    [InlineData("a..localhost")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.0.0.256")]
    [InlineData("%6cocalhost")]
    [InlineData("example.org.evil.example")]
    [InlineData("sub.example.org")]
    [InlineData("below.example")]
    [InlineData(".below.example")]
    [InlineData("xbelow.example")]
    public void Any_other_name_is_not(string host)
    {
        Assert.False(Some.Serve(host));
        Assert.False(Some.Serve(host + ":4221"));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("EXAMPLE.org:8080")]
    [InlineData("example.org.")]
    [InlineData("a.below.example")]
    [InlineData("a.b.Below.Example:1")]
    public void A_name_of_the_list_is_served_with_any_port_and_in_any_case(string host) => Assert.True(Some.Serve(host));

    [Fact]
    public void An_empty_list_and_an_asterisk_serve_every_host()
    {
        Assert.True(ServedHosts.All.Serve("evil.example"));
        Assert.True(new ServedHosts(["example.org", "*"]).Serve("evil.example"));
    }

    [Theory]
    [InlineData("example.org", true)]
    [InlineData("my_host-1", true)]
    [InlineData("*.example.org", true)]
    [InlineData("*", true)]
    [InlineData("::1", true)]
    [InlineData("", false)]
    [InlineData("*.", false)]
    [InlineData("*.*.org", false)]
    [InlineData("a*.org", false)]
    [InlineData("example.org:4221", false)]
    [InlineData("http://example.org", false)]
    [InlineData("exam ple.org", false)]
    public void A_pattern_is_a_name_without_a_port(string text, bool isPattern) => Assert.Equal(isPattern, ServedHosts.IsPattern(text));
}
