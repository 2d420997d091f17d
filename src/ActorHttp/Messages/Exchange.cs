using Akka.Actor;

namespace ActorHttp.Messages;

/// <summary>
/// One request and its answer on one connection: where the answer goes and which slot it fills.
/// Every message about a request carries one, so that an answer can come from any actor, in any order,
/// and from another process.
/// </summary>
/// <param name="Connection">The connection actor: send it the <see cref="HttpResponse"/>, what comes before it, and the body messages.</param>
/// <param name="Number">The request's number on that connection, counted from 1.</param>
public readonly record struct Exchange(IActorRef Connection, long Number);

/// <summary>A message about one <see cref="Messages.Exchange"/>.</summary>
public interface IExchangeMessage
{
    /// <summary>The exchange that this message is about.</summary>
    Exchange Exchange { get; }
}
