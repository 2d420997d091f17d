using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

/// <summary>A checked request line and its fields, with the values that the connection needs.</summary>
/// <param name="KeepAlive">Whether the client allows the connection to persist after this exchange (RFC 9112 §9.3).</param>
/// <param name="ExpectsContinue">Whether the client waits for 100 Continue before it sends the body (RFC 9110 §10.1.1).</param>
/// <param name="AcceptEncoding">The value of Accept-Encoding, kept to save a search in the fields; null when the field is absent.</param>
internal sealed record RequestHead(
    RequestMethod Method,
    RequestTarget Target,
    HttpVersion Version,
    HttpHeaders Headers,
    MessageFraming Framing,
    bool KeepAlive,
    bool ExpectsContinue,
    string? AcceptEncoding);
