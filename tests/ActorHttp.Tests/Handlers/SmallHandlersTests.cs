using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Handlers.HandlerKit;

namespace ActorHttp.Tests.Handlers;

public sealed class SmallHandlersTests : TestKit
{
    public SmallHandlersTests()
        : base(TestSystem.Config)
    {
    }

    [Fact]
    public void The_root_names_the_endpoints()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(RootActor)));
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
        Assert.Equal("text/plain", answer.Headers["Content-Type"]);
        foreach (var endpoint in new[] { "/echo/", "/user-agent", "/files/" })
            Assert.Contains(endpoint, Text(answer));
        Assert.EndsWith("\n", Text(answer));
        Assert.DoesNotContain("\r", Text(answer));
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("", "")]
    [InlineData("a/b//c", "a/b//c")]
    [InlineData("a%20b", "a b")]
    [InlineData("%25", "%")]
    [InlineData("%2525", "%25")]
    [InlineData("%FF%00", "\u00FF\0")]
    [InlineData("%C3%A9", "\u00C3\u00A9")]
    [InlineData("+", "+")]
    public void Echo_gives_the_text_back_decoded_once_byte_for_byte(string parameter, string text)
    {
        var kit = new HandlerKit(this, Props.Create(typeof(EchoActor)));
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Get, parameter), 200);
        Assert.Equal("text/plain", answer.Headers["Content-Type"]);
        Assert.Equal(text, Text(answer));
        Assert.Equal(CodingChoice.Always, answer.Coding);
    }

    [Theory]
    [InlineData(12L)]
    [InlineData(null)]
    public void Echo_gives_a_body_back_from_the_connection_to_the_connection(long? length)
    {
        var kit = new HandlerKit(this, Props.Create(typeof(EchoActor)));
        var request = kit.Ask(RequestMethod.Post, body: new RequestBody(true, length), fields: ("Content-Type", "application/json"));
        var answer = kit.ExpectAnswer(request, 200);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal(kit.Connection.Ref, answer.Body.Source);
        Assert.Equal(length, answer.Body.Length);
    }

    [Fact]
    public void Echo_of_nothing_is_nothing()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(EchoActor)));
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Post), 200);
        Assert.Equal((0L, null, 0), (answer.Body.Length, answer.Body.Source, answer.Body.Bytes.Length));
        Assert.Empty(answer.Headers);
    }

    [Theory, Trait("RFC", "9110 §10.1.5")]
    [InlineData("curl/8.5.0")]
    [InlineData("")]
    [InlineData("caf\u00E9 \u00FF")]
    public void The_user_agent_is_told_what_it_calls_itself(string agent)
    {
        var kit = new HandlerKit(this, Props.Create(typeof(UserAgentActor)));
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Get, fields: ("User-Agent", agent)), 200);
        Assert.Equal("text/plain", answer.Headers["Content-Type"]);
        Assert.Equal(agent, Text(answer));
    }

    [Fact]
    public void A_user_agent_without_a_name_is_told_nothing()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(UserAgentActor)));
        Assert.Equal("", Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
    }
}
