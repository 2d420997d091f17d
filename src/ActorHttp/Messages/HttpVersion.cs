namespace ActorHttp.Messages;

/// <summary>The version that a request is served as (RFC 9110 §2.5). A minor version above 1 is served as 1.1.</summary>
public enum HttpVersion
{
    /// <summary>HTTP/1.0: no chunked coding, connections close unless both sides say keep-alive.</summary>
    Http10,

    /// <summary>HTTP/1.1.</summary>
    Http11,
}
