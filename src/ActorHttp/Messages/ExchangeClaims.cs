using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// Asks the connection for the exclusive right to answer an exchange. A handler sends a claim before a step that cannot be undone.
/// The connection replies with <see cref="ExchangeClaimed"/>. After a granted claim only the handler answers the exchange: the
/// connection resets where it would otherwise answer an error itself. So the answer always agrees with the result of the step.
/// </summary>
/// <param name="Exchange">The exchange that the handler answers.</param>
public sealed record ClaimExchange(Exchange Exchange) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The connection's reply to <see cref="ClaimExchange"/>. The connection denies the claim when the exchange already has an
/// answer, or when the connection ends. The handler must then not take the step. This record is not an
/// <see cref="IExchangeMessage"/>, because a handler that fails on such a message answers 500 automatically. That 500 would be
/// wrong here: the handler may have taken the step before it failed.
/// </summary>
/// <param name="Exchange">The exchange of the claim.</param>
/// <param name="IsGranted">Whether the handler may take the step.</param>
public sealed record ExchangeClaimed(Exchange Exchange, bool IsGranted) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Makes the connection reset. A handler sends this message when it has failed during a claimed step, because the result of the
/// step is then unknown.
/// </summary>
/// <param name="Exchange">The exchange that was claimed.</param>
/// <param name="Reason">What has failed, for the log.</param>
public sealed record DropExchange(Exchange Exchange, string Reason)
    : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Asks the connection to send the request again to <paramref name="By"/> when the request is the first of its pipeline. A
/// handler postpones a request whose answer would hold a resource while it waits for earlier answers.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="By">The actor that gets the request again.</param>
public sealed record PostponeRequest(HttpRequest Request, IActorRef By)
    : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <inheritdoc/>
    public Exchange Exchange => Request.Exchange;
}

/// <summary>The state of an open request on its connection. Any thread may read it.</summary>
internal interface IOpenRequest
{
    /// <summary>Whether the client still waits for an answer.</summary>
    bool IsAwaited { get; }
}
