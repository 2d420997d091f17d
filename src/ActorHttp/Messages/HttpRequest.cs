using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>Describes a request's body before its bytes are read (RFC 9112 §6).</summary>
/// <param name="IsPresent">Whether the request has a body to pull. A body of length 0 counts as no body.</param>
/// <param name="Length">The declared length in bytes; null for a chunked body, and for a request without a body.</param>
public readonly record struct RequestBody(bool IsPresent, long? Length)
{
    /// <summary>Describes a request without a body.</summary>
    public static readonly RequestBody None = new(false, null);
}

/// <summary>
/// A request of a client. The connection sends the request to the router, and the router forwards the request to a handler. The
/// handler answers with one <see cref="HttpResponse"/> to <see cref="Messages.Exchange.Connection"/>. The server does not send
/// the body in advance: the handler sends <see cref="PullBody"/> to the connection and receives <see cref="BodyChunk"/>,
/// <see cref="BodyEnd"/> or <see cref="BodyFailed"/>. The server answers a request that becomes a dead letter with 503, so Akka
/// does not log the dead letter.
/// </summary>
/// <param name="Exchange">The exchange, with the connection that receives the answer.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">The target, checked but not decoded.</param>
/// <param name="Version">The HTTP version that the server applies to this request.</param>
/// <param name="Headers">
/// The fields. When the target has the absolute form, the Host field has the host of the target (RFC 9112 §3.2.2).
/// </param>
/// <param name="Body">Whether the request has a body, and its length.</param>
/// <param name="RouteParameter">
/// The part of the path that matched the route's <c>{name}</c>, still percent-encoded; empty for a route without a parameter.
/// </param>
public sealed record HttpRequest(
    Exchange Exchange,
    RequestMethod Method,
    RequestTarget Target,
    HttpVersion Version,
    HttpHeaders Headers,
    RequestBody Body,
    string RouteParameter = "") : IExchangeMessage, IDeadLetterSuppression
{
    private string _routeParameter = RouteParameter;

    /// <summary>
    /// The part of the path that matched the route's <c>{name}</c>, still percent-encoded; empty for a route without a parameter.
    /// </summary>
    public string RouteParameter
    {
        get => _routeParameter;
        init => _routeParameter = value;
    }

    // The state of this request on its connection. Null for a request that a test created, or that came from another process.
    internal IOpenRequest? Open { get; init; }

    /// <summary>
    /// Whether earlier requests of the connection were still open when the connection sent this request to the router.
    /// </summary>
    public bool IsBehindOthers { get; internal init; }

    /// <summary>Whether the client still waits for an answer; true for a request that came from another process.</summary>
    public bool IsAwaited => Open?.IsAwaited ?? true;

    // Sets the route parameter in place, which saves a copy of the record for each request. Only the router may call this method,
    // and only before the router forwards the request. Until then no other actor reads the request.
    internal HttpRequest Routed(string parameter)
    {
        _routeParameter = parameter;
        return this;
    }
}
