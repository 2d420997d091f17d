using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// A handler's order to a connection: say <see cref="ExchangeEnded"/> when nobody waits for the answer any more. It is not
/// said after an answer, because the handler has sent that itself.
/// </summary>
/// <param name="Exchange">The exchange that the handler works on.</param>
internal sealed record FollowExchange(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>
/// The connection's answer to <see cref="FollowExchange"/>: the client has left, or the connection has answered in the
/// handler's place.
/// </summary>
/// <param name="Exchange">The exchange that is over.</param>
internal sealed record ExchangeEnded(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;
