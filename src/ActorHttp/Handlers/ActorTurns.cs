using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>What follows an await in a handler, as a message to it.</summary>
internal sealed class ActorTurn(ActorTurns turns, SendOrPostCallback callback, object? state) : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>Runs it on this thread.</summary>
    public void Run() => turns.Run(() =>
    {
        callback(state);
        return Task.CompletedTask;
    });

    /// <summary>Runs it on the thread pool: its actor is gone, but what it holds must still be released.</summary>
    public void RunWithoutActor() => ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.Run(), this, preferLocal: false);
}

/// <summary>
/// Brings what follows an await back to the actor that awaits, so that only one piece of the actor's code runs at a time.
/// </summary>
/// <param name="actor">The actor.</param>
/// <param name="sender">Who sent the message that the actor is working on.</param>
internal sealed class ActorTurns(IActorRef actor, IActorRef sender) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => actor.Tell(new ActorTurn(this, d, state), sender);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may wait for an actor's turn.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs code whose awaits come back to the actor.</summary>
    public Task Run(Func<Task> code)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            return code();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
