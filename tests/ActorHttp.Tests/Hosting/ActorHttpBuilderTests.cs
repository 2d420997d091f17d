using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Tests.Hosting;

public sealed class ActorHttpBuilderTests() : Akka.TestKit.Xunit2.TestKit(TestSystem.Config)
{
    [Fact]
    public void A_handler_that_there_is_not_has_no_instances()
    {
        var http = new ActorHttpBuilder(
            Sys, ActorHttpSettings.From(ConfigurationFactory.ParseString("actor-http.port = 0"))).Route("/x", Props.Create(typeof(Mute)));
        Assert.Contains("'y'", Assert.Throws<ArgumentException>(() => http.PerReactor("x", "y")).Message, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(http.Handlers).Another);
    }

    private sealed class Mute : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
        }
    }
}
