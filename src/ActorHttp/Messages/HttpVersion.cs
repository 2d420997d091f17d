namespace ActorHttp.Messages;

/// <summary>The HTTP version that the server applies to a request (RFC 9110 §2.5). HTTP/1.2 and later 1.x count as HTTP/1.1.</summary>
public enum HttpVersion
{
    /// <summary>
    /// HTTP/1.0, which has no chunked coding. The connection closes after an answer unless client and server both send
    /// keep-alive.
    /// </summary>
    Http10,

    /// <summary>HTTP/1.1.</summary>
    Http11,
}
