using System.Buffers;
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace ActorHttp.Tests.Kit;

/// <summary>What the doubles throw into the actor under test.</summary>
internal sealed class PoisonException() : Exception("poison");

/// <summary>A reference that hands all on to another, but throws into the sender's face when it has been armed.</summary>
internal sealed class PoisonRef(IActorRef inner) : MinimalActorRef
{
    private volatile Predicate<object>? _poison;
    private volatile bool _isLasting;

    public override ActorPath Path => inner.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)inner).Provider;

    /// <summary>Throws at the next message of this type, once.</summary>
    public void ThrowOn<T>()
    {
        _isLasting = false;
        _poison = message => message is T;
    }

    /// <summary>Throws at every such message from now on.</summary>
    public void ThrowAlwaysOn(Predicate<object> poison)
    {
        _isLasting = true;
        _poison = poison;
    }

    /// <summary>Runs this at the next message of this type, once, on the sender's thread.</summary>
    public void RunBefore<T>(Action action) => ThrowAlwaysOn(message =>
    {
        if (message is T)
        {
            _poison = null;
            action();
        }

        return false;
    });

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (_poison is { } poison && poison(message))
        {
            if (!_isLasting)
                _poison = null;
            throw new PoisonException();
        }
        inner.Tell(message, sender);
    }
}

/// <summary>A reference that hands all on to another, and remembers who began and ended to watch it.</summary>
internal sealed class WatchedRef(IActorRef inner) : MinimalActorRef
{
    private readonly ConcurrentQueue<Type> _heard = new();

    public override ActorPath Path => inner.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)inner).Provider;

    public IReadOnlyCollection<Type> Heard => _heard;

    public override void SendSystemMessage(ISystemMessage message) => _heard.Enqueue(message.GetType());

    protected override void TellInternal(object message, IActorRef sender) => inner.Tell(message, sender);
}

/// <summary>Bytes that cannot be had: the length is right, the reading throws.</summary>
internal sealed class PoisonMemory(int length) : MemoryManager<byte>
{
    public override Memory<byte> Memory => CreateMemory(length);

    public override Span<byte> GetSpan() => throw new PoisonException();

    public override MemoryHandle Pin(int elementIndex = 0) => throw new PoisonException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
