using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

internal enum BodyDelimiter
{
    /// <summary>The status (1xx, 204, 304) never has a body, so the response has no framing field (RFC 9110 §8.6).</summary>
    Nothing,

    /// <summary>The body is delimited by Content-Length.</summary>
    Length,

    /// <summary>The body is delimited by the chunked transfer coding.</summary>
    Chunked,

    /// <summary>The body ends with the connection. HTTP/1.0 has no other delimiter for a body of unknown length.</summary>
    Close,
}

/// <summary>How a response is framed on the wire (RFC 9112 §6).</summary>
/// <param name="Delimiter">The delimiter of the body.</param>
/// <param name="Length">The value of Content-Length, in bytes. Used with <see cref="BodyDelimiter.Length"/> only.</param>
/// <param name="SendsBody">Whether body bytes follow the head. False for HEAD, and for a status without a body.</param>
/// <param name="KeepAlive">Whether the connection persists after the response.</param>
internal readonly record struct ResponseFraming(BodyDelimiter Delimiter, long Length, bool SendsBody, bool KeepAlive)
{
    public static ResponseFraming Of(RequestMethod method, HttpVersion version, bool keepAlive, int status, long? length)
    {
        if (status is 204 or 304 or < 200)
            return new ResponseFraming(BodyDelimiter.Nothing, 0, false, keepAlive);
        var sendsBody = method != RequestMethod.Head;
        if (length is { } known)
            return new ResponseFraming(BodyDelimiter.Length, known, sendsBody, keepAlive);
        if (version == HttpVersion.Http11)
            return new ResponseFraming(BodyDelimiter.Chunked, 0, sendsBody, keepAlive);

        // The answer to HEAD has no body, so the connection need not close to mark the end of a body.
        return new ResponseFraming(BodyDelimiter.Close, 0, sendsBody, keepAlive && !sendsBody);
    }
}
