using Akka.Event;

namespace ActorHttp.Messages;

// The bodies of requests and of responses use the same messages. The reader, the actor that wants the bytes, sends PullBody. The
// source, the actor that has the bytes, replies to each PullBody with exactly one BodyChunk, BodyEnd or BodyFailed. For a
// request's body the source is the connection. For a response's body the source is the actor in ResponseBody.Source. Either actor
// may stop before a message of the other actor arrives. Such a late message is normal, so the messages implement
// IDeadLetterSuppression: Akka does not log the late message as a dead letter.

/// <summary>
/// Asks the source for the next part of a body. The reader must not send a pull before the reply to its previous pull.
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
public sealed record PullBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>
    /// Whether the source may reuse the memory of the previous part for the next part. A reader sets this property only after it
    /// has copied or written the previous part. If the property is false, the next part comes in new memory. The default is
    /// false, because a handler might collect parts without a copy. A reuse of the memory would then corrupt these parts without
    /// an error.
    /// </summary>
    public bool GivesBack { get; init; }
}

/// <summary>Carries the next bytes of a body.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Bytes">
/// The bytes of this part: at least one, except in the first part of a response. The reader may use the memory until its next
/// pull. After that pull the source may reuse the memory for the next part. An empty first part makes the connection send the
/// head of the response at once. Without an empty part the connection sends the head together with the first bytes. So the
/// connection can still answer 500 when the source fails before its first bytes.
/// </param>
public sealed record BodyChunk(Exchange Exchange, ReadOnlyMemory<byte> Bytes) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>Ends a body. The source has delivered all bytes of the body.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Trailers">The trailer fields of a chunked body (RFC 9110 §6.5). Most bodies have no trailers.</param>
public sealed record BodyEnd(Exchange Exchange, HttpHeaders Trailers) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>Ends a body without trailers.</summary>
    public BodyEnd(Exchange exchange)
        : this(exchange, HttpHeaders.Empty)
    {
    }
}

/// <summary>
/// Reports that the body will never be complete. The reader must not use the parts of the body that have arrived. The connection
/// may also send this message without a pull, when the exchange already has an answer or the connection ends. In both cases the
/// connection drops every later answer of the handler. The connection also replies with this message to a pull for a request that
/// has no body.
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Reason">The cause, as text for a log.</param>
public sealed record BodyFailed(Exchange Exchange, string Reason) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>Tells the source that the reader will not pull again. The source must then release its resources.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
public sealed record CancelBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>
/// Sets the size limit of a request's body. The router sends this message to the connection. The connection then refuses a longer
/// body with 413 (RFC 9110 §15.5.14).
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Bytes">The maximum size of the body, in bytes.</param>
public sealed record LimitBody(Exchange Exchange, long Bytes) : IExchangeMessage, IDeadLetterSuppression;
