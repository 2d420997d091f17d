using ActorHttp.Handlers;
using ActorHttp.Interleavings.Model;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Dispatch.MessageQueues;

namespace ActorHttp.Interleavings;

/// <summary>The mailbox of a handler, in every order of those who send and the one who takes or cleans up.</summary>
public sealed class MailboxTests
{
    private static readonly IActorRef Anybody = ActorRefs.Nobody;

    [Fact]
    public void A_message_that_comes_when_the_mailbox_is_cleaned_up_is_taken_or_is_a_dead_letter() => Exploration.Of(3, run =>
    {
        var queue = run.Share(new HandlerMailbox.Queue(9, TimeSpan.FromSeconds(1)));
        var deadLetters = new DeadLetters();
        run.Start("handler", () => queue.CleanUp(Anybody, deadLetters));
        run.Start("one", () => queue.Enqueue(Anybody, new Envelope("first", Anybody)));
        run.Start("other", () => queue.Enqueue(Anybody, new Envelope("second", Anybody)));
        run.AtEnd(() => Assert.Equal(["first", "second"], deadLetters.Messages.Order()));
    });

    // Akka's mailbox runs only when it has messages, and takes none that is not whole.
    [Fact]
    public void An_order_that_overtakes_is_whole_when_it_is_seen() => Exploration.Of(2, run =>
    {
        var queue = run.Share(new HandlerMailbox.Queue(9, TimeSpan.FromSeconds(1)));
        var order = new RebuildHandler(new InvalidOperationException(), null);
        var taken = new List<object>();
        run.Start("parent", () => queue.Enqueue(Anybody, new Envelope(order, Anybody)));
        run.Start("other", () => queue.Enqueue(Anybody, new Envelope("waits", Anybody)));
        run.Start("handler", Take);
        run.AtEnd(() =>
        {
            Take();
            Assert.Equal(2, taken.Count);
            Assert.Contains(order, taken);
            Assert.False(queue.HasMessages);
        });

        void Take()
        {
            while (queue.HasMessages && queue.TryDequeue(out var envelope))
                taken.Add(envelope.Message);
        }
    });

    [Fact]
    public void Requests_that_come_at_once_are_as_many_as_fit_and_the_others_are_refused() => Exploration.Of(2, run =>
    {
        var queue = run.Share(new HandlerMailbox.Queue(1, TimeSpan.FromSeconds(1)));
        var connection = new Refused();
        for (var i = 0; i < 2; i++)
        {
            var request = Request(connection, i);
            run.Start($"{i}", () => queue.Enqueue(Anybody, new Envelope(request, Anybody)));
        }

        run.AtEnd(() =>
        {
            Assert.Equal((1, 1), (queue.Count, connection.Count));

            // And there is room again for as many.
            Assert.True(queue.TryDequeue(out _));
            queue.Enqueue(Anybody, new Envelope(Request(connection, 2), Anybody));
            queue.Enqueue(Anybody, new Envelope(Request(connection, 3), Anybody));
            Assert.Equal((1, 2), (queue.Count, connection.Count));
        });
    });

    private static HttpRequest Request(IActorRef connection, long number) =>
        (HttpRequest)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(HttpRequest)) with
        {
            Exchange = new Exchange(connection, number),
        };

    private sealed class DeadLetters : IMessageQueue
    {
        public List<object> Messages { get; } = [];

        public bool HasMessages => Messages.Count > 0;

        public int Count => Messages.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope) => Messages.Add(envelope.Message);

        public bool TryDequeue(out Envelope envelope) => throw new NotSupportedException();

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => throw new NotSupportedException();
    }

    private sealed class Refused : MinimalActorRef
    {
        public int Count { get; private set; }

        public override ActorPath Path => throw new NotSupportedException();

        public override IActorRefProvider Provider => throw new NotSupportedException();

        protected override void TellInternal(object message, IActorRef sender) => Count++;
    }
}
