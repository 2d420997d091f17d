using Akka.Event;

namespace ActorHttp.Messages;

/// <summary>What is known of a request's body before it is read (RFC 9112 §6).</summary>
/// <param name="IsPresent">Whether there is a body to pull; one of length 0 counts as none.</param>
/// <param name="Length">Its declared length in bytes; null when it is chunked, or when there is none.</param>
public readonly record struct RequestBody(bool IsPresent, long? Length)
{
    /// <summary>No body.</summary>
    public static readonly RequestBody None = new(false, null);
}

/// <summary>
/// A request, from the connection through the router to a handler. The handler answers by sending one
/// <see cref="HttpResponse"/> to <see cref="Messages.Exchange.Connection"/>. The body, if there is one, stays on the
/// socket until the handler pulls it: send <see cref="PullBody"/> there and receive <see cref="BodyChunk"/>,
/// <see cref="BodyEnd"/> or <see cref="BodyFailed"/>. As a dead letter it is answered with 503, so Akka does not log it.
/// </summary>
/// <param name="Exchange">Where the answer goes.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">The target, checked but not decoded.</param>
/// <param name="Version">The version to serve it as.</param>
/// <param name="Headers">The fields; with an absolute-form target, Host is that of the target (RFC 9112 §3.2.2).</param>
/// <param name="Body">Whether a body can be pulled, and how long it is.</param>
/// <param name="RouteParameter">What the route's last segment <c>{name}</c> matched, still percent-encoded; empty for a route without one.</param>
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

    /// <summary>What the route's last segment <c>{name}</c> matched, still percent-encoded; empty for a route without one.</summary>
    public string RouteParameter
    {
        get => _routeParameter;
        init => _routeParameter = value;
    }

    // Null for a request that a test or another process has made.
    internal IOpenRequest? Open { get; init; }

    /// <summary>Whether earlier requests of the connection were unanswered when this one was handed on.</summary>
    internal bool IsBehindOthers { get; init; }

    /// <summary>Whether the client still waits for an answer, as far as is known.</summary>
    internal bool IsAwaited => Open?.IsAwaited ?? true;

    // For the router alone, which nobody has had it from yet: a copy for each request would be the same with one field more.
    internal HttpRequest Routed(string parameter)
    {
        _routeParameter = parameter;
        return this;
    }
}
