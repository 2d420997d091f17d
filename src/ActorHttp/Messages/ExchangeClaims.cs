using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// Asks the connection for the exclusive right to answer an exchange. A handler sends a claim before a step that cannot be
/// undone. The connection replies with <see cref="ExchangeClaimed"/>. After the connection has granted the claim, only the
/// handler answers the exchange. If an error occurs, the connection resets instead of answering with the error itself. So no
/// answer contradicts the result of the step.
/// </summary>
/// <param name="Exchange">The exchange that the handler answers.</param>
public sealed record ClaimExchange(Exchange Exchange) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The connection's reply to <see cref="ClaimExchange"/>. The connection denies the claim when the exchange already has an
/// answer, or when the connection ends. After a denied claim the handler must not perform the step. This record is not an
/// <see cref="IExchangeMessage"/>, because a handler that fails on an <see cref="IExchangeMessage"/> answers 500 automatically. A
/// 500 could be wrong here: the handler may have performed the step before the failure.
/// </summary>
/// <param name="Exchange">The exchange of the claim.</param>
/// <param name="IsGranted">Whether the handler may perform the step.</param>
public sealed record ExchangeClaimed(Exchange Exchange, bool IsGranted) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Makes the connection reset, so that the client receives no answer. A handler sends this message after a failure during a
/// claimed step, because the result of the step is then unknown.
/// </summary>
/// <param name="Exchange">The exchange that was claimed.</param>
/// <param name="Reason">The cause of the failure, as text for the log.</param>
public sealed record DropExchange(Exchange Exchange, string Reason)
    : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Asks the connection to send the request to <paramref name="By"/> again when the request has become the first of the pipeline.
/// A handler postpones a request when the answer needs a resource. Without the delay, the answer would hold the resource while
/// the connection still sends earlier answers.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="By">The actor that receives the request again.</param>
public sealed record PostponeRequest(HttpRequest Request, IActorRef By)
    : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <inheritdoc/>
    public Exchange Exchange => Request.Exchange;
}

/// <summary>The state of an open request on its connection. Any thread may read this state.</summary>
internal interface IOpenRequest
{
    /// <summary>Whether the client still waits for an answer.</summary>
    bool IsAwaited { get; }
}
