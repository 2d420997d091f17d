using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

public sealed class HandlerLogTests : TestKit
{
    private readonly CrashLog _log;

    public HandlerLogTests()
        : base(ConfigurationFactory.ParseString("akka.loglevel = ERROR").WithFallback(TestSystem.Config)) => _log = new CrashLog(Sys);

    [Theory]
    [InlineData(typeof(Throwing))]
    [InlineData(typeof(ThrowingLater))]
    public void A_crash_is_logged_once_with_its_request_and_once_by_supervision_with_its_exception(Type handler)
    {
        var kit = new HandlerKit(this, Props.Create(handler));
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 500);

        // The second request was taken up after the restart, so all that there is to say of the first has been said.
        var ofTheFirst = _log.Lines.Take(2).ToList();
        Assert.Single(ofTheFirst, line => line.Cause is null && line.ToString().Contains("GET / failed: poison", StringComparison.Ordinal));
        Assert.Single(ofTheFirst, line => line.Cause is PoisonException && line.LogSource == kit.Handler.Path.ToString());
        Assert.InRange(_log.Lines.Count, 3, 4);
    }

    private sealed class Throwing : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request) => throw new PoisonException();
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
