using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Handlers;

/// <summary>
/// Orders a handler to rebuild itself. The parent sends this message when the handler has failed outside its receive method, for
/// example after an await in ReceiveAsync. The message overtakes all other messages in the mailbox
/// (<see cref="HandlerMailbox"/>).
/// </summary>
/// <param name="Reason">The exception.</param>
/// <param name="Message">The message during which the handler failed.</param>
internal sealed record RebuildHandler(Exception Reason, object? Message) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Thrown when a handler has failed and its rebuild fails too. The parent then creates the handler again.</summary>
internal sealed class HandlerNotRebuiltException(IActorRef handler, Exception cause)
    : ActorInitializationException(handler, "The handler could not be rebuilt.", cause);
