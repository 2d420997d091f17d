using Akka.Event;

namespace ActorHttp.Messages;

// One protocol carries bodies in both directions. The reader, the actor that wants the bytes, sends PullBody. The source, the
// actor that has the bytes, replies to each PullBody with exactly one BodyChunk, BodyEnd or BodyFailed. For a request's body
// the source is the connection. For a response's body the source is the actor in ResponseBody.Source. Either actor may have
// stopped when a message of the other one arrives. Akka does not log such a message as a dead letter, because this is normal.

/// <summary>
/// Asks the source for the next part of a body. The reader sends the next pull only after the reply to the previous pull.
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
public sealed record PullBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>
    /// Whether the source may reuse the memory of the previous part for the next part. By contract every pull allows the reuse. But a
    /// handler might collect parts without a copy, and the reuse would corrupt these parts without an error. Therefore a reader sets
    /// this property only when it has copied or written the previous part. Without it each part comes in new memory.
    /// </summary>
    public bool GivesBack { get; init; }
}

/// <summary>Carries the next bytes of a body.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Bytes">
/// The bytes of this part, at least one. The reader may use the memory until its next pull. After that pull the source may
/// reuse the memory for the next part. The first part of a response may be empty: the connection then sends the head at once.
/// Otherwise the head waits for the first bytes, so that the answer can still become a 500 when the source fails first.
/// </param>
public sealed record BodyChunk(Exchange Exchange, ReadOnlyMemory<byte> Bytes) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>Ends a body: all of its bytes have been delivered.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Trailers">The trailer fields of a chunked body (RFC 9110 §6.5). Most bodies have none.</param>
public sealed record BodyEnd(Exchange Exchange, HttpHeaders Trailers) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>Ends a body without trailers.</summary>
    public BodyEnd(Exchange exchange)
        : this(exchange, HttpHeaders.Empty)
    {
    }
}

/// <summary>
/// Reports that the body will never be complete. The reader must not use the parts that it has received. The connection may
/// send this message about a request's body without a pull. By then the exchange has its answer, or the connection ends, so
/// the connection drops every later answer of the handler. The connection also replies with this message to a pull for a
/// request that has no body.
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Reason">The cause, as text for a log.</param>
public sealed record BodyFailed(Exchange Exchange, string Reason) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>Tells the source that the reader will not pull again. The source releases its resources.</summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
public sealed record CancelBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>
/// Sets the size limit of a request's body. The router sends this message to the connection, which refuses a longer body with
/// 413 (RFC 9110 §15.5.14).
/// </summary>
/// <param name="Exchange">The exchange that the body belongs to.</param>
/// <param name="Bytes">The maximum size of the body, in bytes.</param>
public sealed record LimitBody(Exchange Exchange, long Bytes) : IExchangeMessage, IDeadLetterSuppression;
