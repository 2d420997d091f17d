using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// Asks the connection to send <see cref="ExchangeEnded"/> when the exchange ends without the handler's answer. The connection
/// sends nothing after the handler's own answer.
/// </summary>
/// <param name="Exchange">The exchange that the handler works on.</param>
internal sealed record FollowExchange(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>
/// Tells the handler that the client no longer waits for the answer of the handler. Either the connection has ended, or the
/// connection has answered instead of the handler. Only a handler that has sent <see cref="FollowExchange"/> receives this
/// message.
/// </summary>
/// <param name="Exchange">The exchange that has ended.</param>
internal sealed record ExchangeEnded(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;
