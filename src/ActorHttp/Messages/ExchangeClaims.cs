using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// Sent by a handler to the connection before a step that cannot be undone. The connection replies <see cref="ExchangeClaimed"/>.
/// Once the claim is granted, only the handler answers the exchange: where the connection itself would answer an error, it
/// resets instead. So what the client was told and what was done always agree.
/// </summary>
internal sealed record ClaimExchange(Exchange Exchange) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The connection's reply to <see cref="ClaimExchange"/>. It is not granted when the exchange has been answered already, or the
/// connection ends: the step must then not be taken. It is no <see cref="IExchangeMessage"/>, because a handler that fails on
/// it must not answer 500 by itself: the step may have been taken.
/// </summary>
internal sealed record ExchangeClaimed(Exchange Exchange, bool IsGranted) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Sent by a handler that failed while it took a claimed step: nobody knows whether it was taken. The connection resets.</summary>
internal sealed record DropExchange(Exchange Exchange, string Reason) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Sent by a handler whose answer would hold a resource until it is written. The connection sends the request to
/// <paramref name="By"/> again when it is the first of its pipeline.
/// </summary>
internal sealed record PostponeRequest(HttpRequest Request, IActorRef By) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public Exchange Exchange => Request.Exchange;
}

/// <summary>What a connection knows of a request while it is open. Any thread may ask.</summary>
internal interface IOpenRequest
{
    /// <summary>Whether the client still waits for an answer.</summary>
    bool IsAwaited { get; }
}
