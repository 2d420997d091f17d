using ActorHttp.Handlers;
using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

public sealed class HandlerLogTests : TestKit
{
    public HandlerLogTests()
        : base(ConfigurationFactory.ParseString("akka.loglevel = INFO").WithFallback(TestSystem.Unserialized))
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
    }

    [Fact]
    public void A_failure_is_one_line_with_its_request_and_its_exception()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Throwing)));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);
        var line = ExpectMsg<Error>();
        Assert.IsType<PoisonException>(line.Cause);
        Assert.Equal("GET / failed: poison", line.Message);
        Assert.Equal(kit.Handler.Path.ToString(), line.LogSource);
        Assert.False(HasMessages);
    }

    [Fact]
    public void A_failure_behind_an_await_of_ReceiveAsync_is_one_line_with_its_exception()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(ThrowingLater)));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);
        Assert.IsType<PoisonException>(ExpectMsg<Error>().Cause);

        // The second request was taken up after the rebuilding, so all that there is to say of the first has been said.
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);
        Assert.False(HasMessages);
    }

    [Theory]
    [InlineData(typeof(Throwing))]
    [InlineData(typeof(ThrowingVaried))]
    [InlineData(typeof(ThrowingPlain))]
    [InlineData(typeof(FailingTask))]
    public void Equal_failures_are_counted_and_their_number_is_said_later(Type handler)
    {
        var kit = new HandlerKit(this, Props.Create(handler));
        kit.Connection.IgnoreMessages(message => message is FollowExchange);
        for (var i = 0; i < 313; i++)
            kit.ExpectAnswer(kit.Ask(RequestMethod.Get, $"{i}"), 500);
        ExpectMsg<Error>();
        Assert.False(HasMessages);
        ((VirtualTime)Sys.Scheduler).Advance(RequestLog.Window);
        Assert.StartsWith("... and 312 more like it in the last 10 s: ", ExpectMsg<Warning>().Message.ToString(), StringComparison.Ordinal);

        // The next window begins with a whole line.
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);
        ExpectMsg<Error>();
    }

    private sealed class Throwing : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => throw new PoisonException();
    }

    private sealed class ThrowingVaried : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => throw new InvalidOperationException(request.RouteParameter);
    }

    private sealed class ThrowingPlain : ReceiveActor
    {
        public ThrowingPlain() => Receive<HttpRequest>(request => throw new InvalidOperationException(request.RouteParameter));
    }

    private sealed class FailingTask : HttpHandlerActor
    {
        protected override async Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            throw new InvalidOperationException(request.RouteParameter);
        }
    }

    // Behind an await the exception takes another way.
    private sealed class ThrowingLater : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => ActorTaskScheduler.RunTask(async () =>
        {
            await Task.Yield();
            throw new PoisonException();
        });
    }
}
