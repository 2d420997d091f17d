using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorHttp.Handlers;

/// <summary>
/// The mailbox of a handler, which holds at most <c>limits.handler-queue</c> requests. When the mailbox is full, the thread that
/// sends a request answers this request with 503 at once. Akka's bounded mailboxes would block the sender and drop the request.
/// Other messages, such as the parts of a body, do not count, because they belong to requests that the mailbox has already
/// admitted.
/// </summary>
internal sealed class HandlerMailbox : MailboxType, IProducesMessageQueue<HandlerMailbox.Queue>
{
    private readonly int _capacity;
    private readonly TimeSpan _retryAfter;

    /// <summary>
    /// Creates the mailbox type. Akka calls this constructor and finds the name of this class in hocon/reference.conf.
    /// </summary>
    public HandlerMailbox(Akka.Actor.Settings settings, Config config)
        : base(settings, config)
    {
        var limits = ActorHttpSettings.From(settings.Config).Limits;
        _capacity = limits.HandlerQueue;
        _retryAfter = limits.RetryAfter;
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(_capacity, _retryAfter);

    /// <summary>The message queue of one handler. The queue is also a deque, so that a handler can use a stash.</summary>
    internal sealed class Queue(int capacity, TimeSpan retryAfter) : IUnboundedDequeBasedMessageQueueSemantics, IMessageQueue
    {
        private readonly UnboundedMessageQueue _queue = new();

        // The messages that the handler has unstashed. Only the handler's own thread changes the stack. Other threads only read
        // the count of the stack.
        private readonly Stack<Envelope> _unstashed = new();
        private int _requests;

        // A RebuildHandler message, which overtakes all other messages, because a failed instance must not process other messages
        // before its rebuild.
        private Envelope? _first;
        private bool _hasFirst;

        // The dead-letter queue, set when the handler has stopped. The messages that remain in this mailbox go to that queue.
        private IMessageQueue? _deadLetters;

        private bool HasFirst => Volatile.Read(ref _hasFirst);

        public bool HasMessages => HasFirst || _unstashed.Count > 0 || _queue.HasMessages;

        public int Count => (HasFirst ? 1 : 0) + _unstashed.Count + _queue.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is HttpRequest request && Interlocked.Increment(ref _requests) > capacity)
            {
                Interlocked.Decrement(ref _requests);
                var refusal = HttpResponse.Unavailable(
                    request.Exchange, "The handler of this route has too many requests before this one.", retryAfter);
                request.Exchange.Connection.Tell(refusal, receiver);
                return;
            }

            if (envelope.Message is RebuildHandler)
            {
                // One slot is enough: the parent sends one RebuildHandler message per failure, while the handler is suspended.
                _first = envelope;
                Volatile.Write(ref _hasFirst, true);
                return;
            }

            _queue.Enqueue(receiver, envelope);

            // A sender may see an open mailbox and then enqueue its message after CleanUp. Without this check the message would
            // stay in the queue forever.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _deadLetters) is { } deadLetters)
                Empty(receiver, deadLetters);
        }

        public void EnqueueFirst(Envelope envelope) => _unstashed.Push(envelope);

        public bool TryDequeue(out Envelope envelope)
        {
            if (HasFirst)
            {
                envelope = _first!.Value;
                Volatile.Write(ref _hasFirst, false);
                return true;
            }

            if (_unstashed.TryPop(out envelope))
                return true;
            if (!_queue.TryDequeue(out envelope))
                return false;
            if (envelope.Message is HttpRequest)
                Interlocked.Decrement(ref _requests);
            return true;
        }

        // Turns the remaining messages into dead letters. HandlersActor then answers each request that has become a dead letter.
        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            Volatile.Write(ref _deadLetters, deadletters);
            Interlocked.MemoryBarrier();
            while (_unstashed.TryPop(out var envelope))
                deadletters.Enqueue(owner, envelope);
            Empty(owner, deadletters);
        }

        private void Empty(IActorRef owner, IMessageQueue deadLetters)
        {
            while (_queue.TryDequeue(out var envelope))
                deadLetters.Enqueue(owner, envelope);
        }
    }
}
