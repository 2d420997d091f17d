using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// The answer of one of the server's own sources to a pull: the last bytes and the end at once, which saves a pull and a write.
/// </summary>
internal sealed record BodyRest(Exchange Exchange, ReadOnlyMemory<byte> Bytes) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>The trailer fields of the body.</summary>
    public HttpHeaders Trailers { get; init; } = HttpHeaders.Empty;
}
