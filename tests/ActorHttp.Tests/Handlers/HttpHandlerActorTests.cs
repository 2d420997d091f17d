using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

public sealed class HttpHandlerActorTests : TestKit
{
    public HttpHandlerActorTests()
        : base(TestSystem.Config)
    {
    }

    [Fact]
    public void The_server_is_told_the_routes_of_its_handlers()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        Assert.Equal("/", kit.Route.Pattern);
        Assert.Equal([RequestMethod.Get], kit.Route.Methods);
        Assert.Equal(7, kit.Route.BodyLimit);
        Assert.Equal("handler", kit.Handler.Path.Name);
    }

    [Fact]
    public void A_request_that_a_handler_fails_on_is_answered_and_the_next_one_served()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        Assert.Equal("text/plain", answer.Headers["Content-Type"]);
        Assert.DoesNotContain("poison", HandlerKit.Text(answer));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
    }

    [Fact]
    public void A_handler_that_failed_starts_anew()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
        Assert.Equal("2", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
    }

    [Fact]
    public void A_failure_over_a_part_of_a_body_answers_its_request()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        var exchange = new Exchange(kit.Connection.Ref, 5);
        kit.Handler.Tell(new BodyChunk(exchange, "x"u8.ToArray()), kit.Connection.Ref);
        Assert.Equal(exchange, kit.Connection.ExpectMsg<HttpResponse>().Exchange);
    }

    [Fact]
    public void A_handler_that_fails_too_often_is_given_up_and_still_answers_the_last_request()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)), restarts: 2);
        Watch(kit.Handler);
        for (var i = 0; i < 3; i++)
            kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        ExpectTerminated(kit.Handler);
    }

    [Fact]
    public void A_handler_that_fails_costs_no_other_its_place()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)), restarts: 0);
        Watch(kit.Handler);
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        ExpectTerminated(kit.Handler);
        Sys.ActorSelection(kit.Handler.Path.Parent).Tell(new Identify(null), TestActor);
        Assert.NotNull(ExpectMsg<ActorIdentity>().Subject);
    }

    private sealed class FragileActor : HttpHandlerActor
    {
        private int _served;

        public FragileActor() => Receive<BodyChunk>(_ => throw new PoisonException());

        protected override void OnRequest(HttpRequest request)
        {
            if (request.RouteParameter == "throw")
                throw new PoisonException();
            Reply(HttpResponse.Text(request.Exchange, 200, $"{++_served}"));
        }
    }
}
