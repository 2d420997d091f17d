using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

/// <summary>A request line and its fields, checked, with what the connection has to know of them.</summary>
/// <param name="KeepAlive">Whether the client lets the connection live on after this exchange (RFC 9112 §9.3).</param>
/// <param name="ExpectsContinue">Whether it waits for 100 before it sends the body (RFC 9110 §10.1.1).</param>
/// <param name="AcceptEncoding">That field's value, looked up once; null when absent.</param>
internal sealed record RequestHead(
    RequestMethod Method,
    RequestTarget Target,
    HttpVersion Version,
    HttpHeaders Headers,
    MessageFraming Framing,
    bool KeepAlive,
    bool ExpectsContinue,
    string? AcceptEncoding);
