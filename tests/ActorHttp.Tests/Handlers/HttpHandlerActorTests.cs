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
    public void No_number_of_failures_puts_a_handler_out_of_service()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        for (var i = 0; i < 1000; i++)
            kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
        Assert.False(kit.Server.HasMessages);
    }

    [Fact]
    public void No_number_of_failures_puts_a_handler_out_of_service_that_is_no_HttpHandlerActor()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(PlainActor)));
        for (var i = 0; i < 100; i++)
            kit.ExpectAnswer(kit.Ask(RequestMethod.Get, "throw"), 500);
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
        Assert.False(kit.Server.HasMessages);
    }

    [Fact]
    public void A_handler_that_is_killed_starts_anew_where_it_is()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(FragileActor)));
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
        kit.Handler.Tell(Kill.Instance);
        Assert.Equal("1", HandlerKit.Text(kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200)));
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

    // As somebody would write it who does not derive from the base class.
    private sealed class PlainActor : ReceiveActor
    {
        private int _served;

        public PlainActor() => Receive<HttpRequest>(request =>
        {
            if (request.RouteParameter == "throw")
                throw new PoisonException();
            request.Exchange.Connection.Tell(HttpResponse.Text(request.Exchange, 200, $"{++_served}"));
        });
    }
}
