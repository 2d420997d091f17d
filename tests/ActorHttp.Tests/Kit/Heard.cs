using System.Collections.Concurrent;
using Akka.Actor;

namespace ActorHttp.Tests.Kit;

/// <summary>What an actor system publishes of one type, in the order in which it came.</summary>
internal sealed class Heard<T> : MinimalActorRef
{
    private readonly ConcurrentQueue<T> _all = new();
    private readonly IActorRef _root;

    public Heard(ActorSystem system)
    {
        _root = system.DeadLetters;
        system.EventStream.Subscribe(this, typeof(T));
    }

    public override ActorPath Path => _root.Path / "heard";

    public override IActorRefProvider Provider => ((IInternalActorRef)_root).Provider;

    public IReadOnlyCollection<T> All => _all;

    protected override void TellInternal(object message, IActorRef sender) => _all.Enqueue((T)message);
}
