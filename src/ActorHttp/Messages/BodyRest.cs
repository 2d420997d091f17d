using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>
/// Carries the last bytes of a body and ends the body. Compared with <see cref="BodyChunk"/> and <see cref="BodyEnd"/>, this
/// message saves one pull and one write. Only the server's own sources reply to a pull with this message.
/// </summary>
internal sealed record BodyRest(Exchange Exchange, ReadOnlyMemory<byte> Bytes)
    : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>The trailer fields of the body.</summary>
    public HttpHeaders Trailers { get; init; } = HttpHeaders.Empty;
}
