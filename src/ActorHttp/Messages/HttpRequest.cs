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
/// A request. The connection sends it to the router, and the router forwards it to a handler. The handler answers with one
/// <see cref="HttpResponse"/> to <see cref="Messages.Exchange.Connection"/>. The server does not read the body ahead: the
/// handler sends <see cref="PullBody"/> to the connection and receives <see cref="BodyChunk"/>, <see cref="BodyEnd"/> or
/// <see cref="BodyFailed"/>. The server answers a request that becomes a dead letter with 503, so Akka does not log it.
/// </summary>
/// <param name="Exchange">The exchange, with the connection that receives the answer.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">The target, checked but not decoded.</param>
/// <param name="Version">The HTTP version that the server applies to this request.</param>
/// <param name="Headers">The fields. For an absolute-form target, Host holds the target's host (RFC 9112 §3.2.2).</param>
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

    // Null for a request that a test created, or that came from another process.
    internal IOpenRequest? Open { get; init; }

    /// <summary>Whether earlier requests of the connection were still open when the connection sent this one to the router.</summary>
    public bool IsBehindOthers { get; internal init; }

    /// <summary>Whether the client still waits for an answer; true for a request that came from another process.</summary>
    public bool IsAwaited => Open?.IsAwaited ?? true;

    // Sets the route parameter in place, which saves a copy of the record for each request. Only the router may call it, before
    // it forwards the request, because no other actor reads the request until then.
    internal HttpRequest Routed(string parameter)
    {
        _routeParameter = parameter;
        return this;
    }
}
