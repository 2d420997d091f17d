using Akka.Event;

namespace ActorHttp.Messages;

// One protocol for bodies in both directions. Whoever wants bytes is the reader and sends PullBody; whoever has them
// is the source and answers each PullBody with exactly one BodyChunk, BodyEnd or BodyFailed. For a request's body the
// source is the connection, for a response's body it is the actor named in ResponseBody.Source. Either side may be gone
// when the other's word arrives: that is no news, so dead letters do not report it.

/// <summary>The reader's order for the next part of the body. One at a time: the next pull follows the answer to this one.</summary>
/// <param name="Exchange">The exchange whose body it is.</param>
public sealed record PullBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>
    /// Whether the memory of the part before is really used for the next. To pull says as much, but a reader of somebody else's
    /// that gathers parts without copying them would be told nothing when they change under its hands: so ours say it, and
    /// others get new memory each time.
    /// </summary>
    internal bool GivesBack { get; init; }
}

/// <summary>The next bytes of a body.</summary>
/// <param name="Exchange">The exchange whose body it is.</param>
/// <param name="Bytes">
/// At least one byte. They are the reader's until it pulls again; the source may then use the memory for the next chunk.
/// An empty first chunk of a response sends its head at once; else the head waits for the first bytes, so that it can
/// still become a 500 when there are none.
/// </param>
public sealed record BodyChunk(Exchange Exchange, ReadOnlyMemory<byte> Bytes) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>The body is complete.</summary>
/// <param name="Exchange">The exchange whose body it is.</param>
/// <param name="Trailers">The trailer fields of a chunked body (RFC 9110 §6.5); usually none.</param>
public sealed record BodyEnd(Exchange Exchange, HttpHeaders Trailers) : IExchangeMessage, IDeadLetterSuppression
{
    /// <summary>The end of a body without trailers.</summary>
    public BodyEnd(Exchange exchange)
        : this(exchange, HttpHeaders.Empty)
    {
    }
}

/// <summary>
/// The body will never be complete: what was read of it must not be used. For a request's body the connection has
/// already decided what the client is told, and no answer of the handler will be sent; this word may come unasked.
/// </summary>
/// <param name="Exchange">The exchange whose body it is.</param>
/// <param name="Reason">What happened, for a log.</param>
public sealed record BodyFailed(Exchange Exchange, string Reason) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>The reader's word to the source that it will not pull again: release what is held.</summary>
/// <param name="Exchange">The exchange whose body it is.</param>
public sealed record CancelBody(Exchange Exchange) : IExchangeMessage, IDeadLetterSuppression;

/// <summary>
/// The router's order to a connection: a body of this exchange that is longer is refused with 413 (RFC 9110 §15.5.14).
/// </summary>
/// <param name="Exchange">The exchange whose body it is.</param>
/// <param name="Bytes">The most that the body may hold, in bytes.</param>
public sealed record LimitBody(Exchange Exchange, long Bytes) : IExchangeMessage, IDeadLetterSuppression;
