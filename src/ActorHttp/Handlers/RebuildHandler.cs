using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>
/// The parent's order to a handler that has failed outside of its receive method, such as behind an await of ReceiveAsync: make
/// a new instance of yourself. It overtakes what waits in the mailbox (<see cref="HandlerMailbox"/>).
/// </summary>
/// <param name="Reason">What was thrown.</param>
/// <param name="Message">The message that was in hand.</param>
internal sealed record RebuildHandler(Exception Reason, object? Message) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A handler that has failed, and whose constructor fails too.</summary>
internal sealed class HandlerNotRebuiltException(IActorRef handler, Exception cause)
    : ActorInitializationException(handler, "The handler could not be rebuilt.", cause);
