using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Handlers;

public sealed class HandlerMailboxTests : TestKit
{
    private const int Capacity = 3;

    public HandlerMailboxTests()
        : base(
            ConfigurationFactory.ParseString(
                $"actor-http.limits {{ handler-queue = {Capacity}, retry-after = 2s }}").WithFallback(TestSystem.Config))
    {
    }

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void Requests_that_find_it_full_are_503_and_the_others_are_answered()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Greeter)));
        var handler = (IInternalActorRef)kit.Handler;
        handler.Suspend();
        var waiting = Enumerable.Range(0, Capacity).Select(_ => kit.Ask(RequestMethod.Get)).ToList();
        Assert.False(kit.Connection.HasMessages);
        var answer = kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 503);
        Assert.Equal("2", answer.Headers["Retry-After"]);
        handler.Resume(null);
        waiting.ForEach(request => kit.ExpectAnswer(request, 200));

        // What has been taken out makes room.
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 200);
    }

    [Fact]
    public void Messages_that_are_no_requests_are_not_counted()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Greeter)));
        var handler = (IInternalActorRef)kit.Handler;
        handler.Suspend();
        for (var i = 0; i < Capacity * 2; i++)
            kit.Handler.Tell("another message", TestActor);
        var waiting = Enumerable.Range(0, Capacity).Select(_ => kit.Ask(RequestMethod.Get)).ToList();
        handler.Resume(null);
        waiting.ForEach(request => kit.ExpectAnswer(request, 200));
        for (var i = 0; i < Capacity * 2; i++)
            ExpectMsg("another message");
    }

    [Fact]
    public void A_handler_may_stash_and_what_it_unstashes_comes_first()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Stasher)));
        var stashed = Enumerable.Range(0, Capacity - 1).Select(_ => kit.Ask(RequestMethod.Get)).ToList();
        kit.Handler.Tell("serve", TestActor);
        var last = kit.Ask(RequestMethod.Get);
        stashed.ForEach(request => kit.ExpectAnswer(request, 200));
        kit.ExpectAnswer(last, 200);
    }

    [Fact]
    public void Requests_that_wait_for_a_handler_that_stops_are_503_at_once()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Greeter)));
        var handler = (IInternalActorRef)kit.Handler;
        Watch(kit.Handler);
        handler.Suspend();
        var first = kit.Ask(RequestMethod.Get);
        kit.Handler.Tell(PoisonPill.Instance);
        var second = kit.Ask(RequestMethod.Get);
        handler.Resume(null);
        kit.ExpectAnswer(first, 200);
        Assert.Equal("1", kit.ExpectAnswer(second, 503).Headers["Retry-After"]);
        ExpectTerminated(kit.Handler);
        kit.ExpectAnswer(kit.Ask(RequestMethod.Get), 503);
    }

    [Fact]
    public void The_order_to_rebuild_overtakes_what_waits()
    {
        var queue = new HandlerMailbox.Queue(Capacity, TimeSpan.FromSeconds(1));
        queue.Enqueue(TestActor, new Envelope("waits", TestActor));
        queue.Enqueue(TestActor, new Envelope(new RebuildHandler(new PoisonException(), null), TestActor));
        Assert.True(queue.HasMessages);
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryDequeue(out var first) && queue.TryDequeue(out _));
        Assert.IsType<RebuildHandler>(first.Message);
        Assert.False(queue.HasMessages);
    }

    [Fact]
    public void A_message_that_comes_when_the_mailbox_is_cleaned_up_is_a_dead_letter_too()
    {
        var queue = new HandlerMailbox.Queue(Capacity, TimeSpan.FromSeconds(1));
        var deadLetters = new UnboundedMessageQueue();
        queue.Enqueue(TestActor, new Envelope("waits", TestActor));
        queue.CleanUp(TestActor, deadLetters);
        queue.Enqueue(TestActor, new Envelope("late", TestActor));
        Assert.False(queue.HasMessages);
        Assert.True(deadLetters.TryDequeue(out var first) && deadLetters.TryDequeue(out _));
        Assert.Equal("waits", first.Message);
    }

    [Fact]
    public void A_handler_with_a_mailbox_of_its_own_keeps_it()
    {
        var kit = new HandlerKit(this, Props.Create(typeof(Greeter)).WithMailbox("akka.actor.mailbox.unbounded-queue-based"));
        var handler = (IInternalActorRef)kit.Handler;
        handler.Suspend();
        var waiting = Enumerable.Range(0, Capacity * 2).Select(_ => kit.Ask(RequestMethod.Get)).ToList();
        handler.Resume(null);
        waiting.ForEach(request => kit.ExpectAnswer(request, 200));
    }

    private sealed class Greeter : HttpHandlerActor
    {
        public Greeter() => Receive<string>(word => Sender.Tell(word));

        protected override void OnRequest(HttpRequest request)
        {
            if (request.RouteParameter == "throw")
                throw new PoisonException();
            Reply(HttpResponse.Text(request.Exchange, 200, "hello"));
        }
    }

    private sealed class Stasher : HttpHandlerActor, IWithStash
    {
        private bool _serves;

        public Stasher() => Receive<string>(_ =>
        {
            _serves = true;
            Stash.UnstashAll();
        });

        public IStash Stash { get; set; } = null!;

        protected override void OnRequest(HttpRequest request)
        {
            if (_serves)
                Reply(HttpResponse.Text(request.Exchange, 200, "at last"));
            else
                Stash.Stash();
        }
    }
}
