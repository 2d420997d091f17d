using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

/// <summary>What a failure of a handler means for its children, which know nothing of it: a counter in a field tells.</summary>
public sealed class HandlerChildrenTests : TestKit
{
    private readonly HandlerKit _kit;

    public HandlerChildrenTests()
        : base(TestSystem.Unserialized) => _kit = new HandlerKit(this, Props.Create(typeof(Parent)));

    [Theory]
    [InlineData("throw")]
    [InlineData("throw later")]
    public void A_child_lives_on_untouched_when_its_parent_fails(string how)
    {
        _kit.Handler.Tell("child", TestActor);
        var child = ExpectMsg<IActorRef>();
        Watch(child);
        for (var i = 1; i <= 20; i++)
        {
            _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, how), 500);
            child.Tell("count", TestActor);
            Assert.Equal(i, ExpectMsg<int>());
        }
    }

    [Fact]
    public void A_child_lives_on_untouched_when_its_parent_is_killed()
    {
        _kit.Handler.Tell("child", TestActor);
        var child = ExpectMsg<IActorRef>();
        child.Tell("count", TestActor);
        ExpectMsg(1);
        _kit.Handler.Tell(Kill.Instance);
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get), 200);
        child.Tell("count", TestActor);
        ExpectMsg(2);
    }

    [Fact]
    public void What_a_constructor_builds_is_new_and_the_children_that_it_looks_up_are_not()
    {
        _kit.Handler.Tell("named", TestActor);
        var named = ExpectMsg<IActorRef>();
        _kit.Handler.Tell("unnamed", TestActor);
        var unnamed = ExpectMsg<IActorRef>();
        Watch(unnamed);
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "throw"), 500);
        ExpectTerminated(unnamed);
        _kit.Handler.Tell("named", TestActor);
        Assert.Equal(named, ExpectMsg<IActorRef>());
        _kit.Handler.Tell("unnamed", TestActor);
        Assert.NotEqual(unnamed, ExpectMsg<IActorRef>());

        // However often it fails, none is left over.
        for (var i = 0; i < 20; i++)
            _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "throw"), 500);
        AwaitCondition(() => ((ActorRefWithCell)_kit.Handler).Children.Count() == 2);
    }

    [Fact]
    public void Behaviours_and_timers_of_the_instance_that_failed_are_gone()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        for (var i = 0; i < 3; i++)
        {
            _kit.Handler.Tell("deaf", TestActor);
            _kit.Handler.Tell("anything", TestActor);
            ExpectMsg("deaf to anything");
            _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get, "throw"), 500);
            _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get), 200);

            // The first behaviour is at the bottom of the stack, and it is that of the new instance.
            _kit.Handler.Tell("unbecome", TestActor);
            _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get), 200);
        }

        ((VirtualTime)Sys.Scheduler).Advance(TimeSpan.FromHours(1));
        _kit.ExpectAnswer(_kit.Ask(RequestMethod.Get), 200);
        Assert.False(HasMessages);
    }

    private sealed class Parent : HttpHandlerActor, IWithTimers
    {
        private readonly IActorRef _named = FindOrCreateChild("named", Props.Create(typeof(Counter)));
        private readonly IActorRef _unnamed = Context.ActorOf(Props.Create(typeof(Counter)));
        private bool _isStale;

        public Parent()
        {
            Receive<string>(word => word == "child", _ => Sender.Tell(Context.ActorOf(Props.Create(typeof(Counter)))));
            Receive<string>(word => word == "named", _ => Sender.Tell(_named));
            Receive<string>(word => word == "unnamed", _ => Sender.Tell(_unnamed));
            Receive<string>(word => word == "unbecome", _ => UnbecomeStacked());
            Receive<string>(word => word == "deaf", _ =>
            {
                var sender = Sender;
                Timers.StartSingleTimer("tick", $"tick of {GetHashCode()}", TimeSpan.FromMinutes(1));
                BecomeStacked(() =>
                {
                    Receive<HttpRequest>(request => request.RouteParameter == "throw", request => OnRequest(request));
                    Receive<string>(text => sender.Tell($"deaf to {text}"));
                });
            });

            // A timer that outlived its instance would come here.
            Receive<string>(text => Context.System.EventStream.Publish(new UnhandledMessage(text, Sender, Self)));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnRequest(HttpRequest request)
        {
            if (_isStale)
                throw new InvalidOperationException("An instance that has failed is asked again.");
            switch (request.RouteParameter)
            {
                case "throw":
                    _isStale = true;
                    throw new PoisonException();
                case "throw later":
                    _isStale = true;
                    ActorTaskScheduler.RunTask(async () =>
                    {
                        await Task.Yield();
                        throw new PoisonException();
                    });
                    break;
                default:
                    Reply(HttpResponse.Text(request.Exchange, 200, "x"));
                    break;
            }
        }
    }

    private sealed class Counter : ReceiveActor
    {
        private int _count;

        public Counter() => Receive<string>(_ => Sender.Tell(++_count));
    }
}
