using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorHttp.Handlers;

/// <summary>
/// The mailbox of a handler: it holds so many requests and no more. One that finds it full is answered 503 at once, by
/// whoever brings it, where Akka's own bounded mailboxes would make the sender wait and then drop it. Other messages (the
/// parts of a body, a handler's own) are not counted: what they answer has been let in already.
/// </summary>
internal sealed class HandlerMailbox : MailboxType, IProducesMessageQueue<HandlerMailbox.Queue>
{
    private readonly int _capacity;
    private readonly TimeSpan _retryAfter;

    /// <summary>Akka creates it, by the name in hocon/reference.conf.</summary>
    public HandlerMailbox(Akka.Actor.Settings settings, Config config)
        : base(settings, config)
    {
        var limits = ActorHttpSettings.From(settings.Config).Limits;
        _capacity = limits.HandlerQueue;
        _retryAfter = limits.RetryAfter;
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(_capacity, _retryAfter);

    /// <summary>Also a deque, so that a handler can stash.</summary>
    internal sealed class Queue(int capacity, TimeSpan retryAfter) : IUnboundedDequeBasedMessageQueueSemantics, IMessageQueue
    {
        private readonly UnboundedMessageQueue _queue = new();

        // What the handler unstashes. Only its own thread touches it; others ask no more than whether it is empty.
        private readonly Stack<Envelope> _unstashed = new();
        private int _requests;

        // An order that overtakes the rest: what waits must not be served by an instance that has failed.
        private Envelope? _first;
        private bool _hasFirst;

        // Where the rest goes once the handler is gone.
        private IMessageQueue? _deadLetters;

        private bool HasFirst => Volatile.Read(ref _hasFirst);

        public bool HasMessages => HasFirst || _unstashed.Count > 0 || _queue.HasMessages;

        public int Count => (HasFirst ? 1 : 0) + _unstashed.Count + _queue.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is HttpRequest request && Interlocked.Increment(ref _requests) > capacity)
            {
                Interlocked.Decrement(ref _requests);
                var refusal = HttpResponse.Unavailable(request.Exchange, "The handler of this route has too many requests before this one.", retryAfter);
                request.Exchange.Connection.Tell(refusal, receiver);
                return;
            }

            if (envelope.Message is RebuildHandler)
            {
                // There is never a second: the parent sends it while the handler is suspended, for each failure once.
                _first = envelope;
                Volatile.Write(ref _hasFirst, true);
                return;
            }

            _queue.Enqueue(receiver, envelope);

            // Who found the mailbox open, and comes when it has been cleaned up, would wait in it for ever.
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

        // As dead letters, of which HandlersActor answers the requests.
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
