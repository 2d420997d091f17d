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
        var http = Builder().Route("/x", Props.Create(typeof(Mute)));
        Assert.Contains("'y'", Assert.Throws<ArgumentException>(() => http.PerReactor("x", "y")).Message, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(http.Handlers).Another);
    }

    [Fact]
    public void A_route_without_a_method_is_for_get_in_either_way_to_add_it()
    {
        var props = Props.Create(typeof(Mute));
        var http = Builder().Route("/x", props).Handle("y", props, ("/y", []), ("/y/{z}", [RequestMethod.Post]));
        Assert.Equal(
            ["GET", "GET", "POST"],
            http.Handlers.SelectMany(handler => handler.Routes).Select(route => Assert.Single(route.Methods).Name));
    }

    [Fact]
    public void Two_handlers_of_one_name_are_refused_with_both_of_their_routes()
    {
        var http = Builder().Route("/x", Props.Create(typeof(Mute)));
        var wrong = Assert.Throws<ArgumentException>(() => http.Route("/x/{y}", Props.Create(typeof(Mute)))).Message;
        Assert.StartsWith("The handlers of /x and of /x/{y} would both have the name 'x'.", wrong, StringComparison.Ordinal);
        Assert.Single(http.Handlers);
    }

    private ActorHttpBuilder Builder() => new(Sys, ActorHttpSettings.From(ConfigurationFactory.ParseString("actor-http.port = 0")));

    private sealed class Mute : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
        }
    }
}
