using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Tests.Kit;

/// <summary>What is logged of crashes: equal ones are errors once, and lines for debugging after that.</summary>
internal sealed class CrashLog : MinimalActorRef
{
    private readonly ConcurrentQueue<LogEvent> _lines = new();
    private readonly IActorRef _root;

    public CrashLog(ActorSystem system)
    {
        _root = system.DeadLetters;
        system.EventStream.Subscribe(this, typeof(Error));
        system.EventStream.Subscribe(this, typeof(Debug));
    }

    public override ActorPath Path => _root.Path / "crash-log";

    public override IActorRefProvider Provider => ((IInternalActorRef)_root).Provider;

    public IReadOnlyCollection<LogEvent> Lines => _lines;

    /// <summary>How often supervision has had to deal with an actor.</summary>
    public int CrashesOf(IActorRef actor) => _lines.Count(line => line.LogSource == actor.Path.ToString() && line.Cause is not null);

    protected override void TellInternal(object message, IActorRef sender) => _lines.Enqueue((LogEvent)message);
}
