using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>The continuation after an await in a handler, as a message to that handler.</summary>
internal sealed class ActorTurn(ActorTurns turns, SendOrPostCallback callback, object? state)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>Runs the continuation on this thread.</summary>
    public void Run() => turns.Run(() =>
    {
        callback(state);
        return Task.CompletedTask;
    });

    /// <summary>
    /// Runs the continuation on the thread pool. Used when the actor has stopped and can no longer run the continuation, which
    /// may still have to release resources.
    /// </summary>
    public void RunWithoutActor() => ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.Run(), this, preferLocal: false);
}

/// <summary>
/// The synchronization context of a handler. The context sends each continuation after an await to the actor as a message. The
/// actor processes one message at a time, so only one piece of the actor's code runs at a time.
/// </summary>
/// <param name="actor">The actor that awaits.</param>
/// <param name="sender">The sender of the message that the actor is processing. The continuations have the same sender.</param>
internal sealed class ActorTurns(IActorRef actor, IActorRef sender) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => actor.Tell(new ActorTurn(this, d, state), sender);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may wait for an actor's turn.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs code in this context, so that its continuations run in the actor.</summary>
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
