using Akka.Actor;

namespace ActorHttp.Messages;

/// <summary>
/// Identifies one request and its answer by connection and number. Every message about a request carries the exchange of the
/// request. Therefore any actor can send the answer, also from another process, and handlers can answer in any order.
/// </summary>
/// <param name="Connection">
/// The connection actor, which receives the <see cref="HttpResponse"/>, any <see cref="InterimResponse"/> before it, and the body
/// messages.
/// </param>
/// <param name="Number">
/// The number of the request on this connection, counted from 1. The connection sends the answers in the order of the numbers.
/// </param>
public readonly record struct Exchange(IActorRef Connection, long Number);

/// <summary>A message about one <see cref="Messages.Exchange"/>.</summary>
public interface IExchangeMessage
{
    /// <summary>The exchange that this message is about.</summary>
    Exchange Exchange { get; }
}
