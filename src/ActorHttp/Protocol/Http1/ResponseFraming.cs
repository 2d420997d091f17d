using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

internal enum BodyDelimiter
{
    /// <summary>The status never has a body, and no framing field is sent (RFC 9110 §8.6: 1xx, 204; 304 likewise).</summary>
    Nothing,

    /// <summary>Content-Length.</summary>
    Length,

    /// <summary>Transfer-Encoding: chunked.</summary>
    Chunked,

    /// <summary>The end of the connection: HTTP/1.0 has no other way for a length that is not known.</summary>
    Close,
}

/// <summary>How a response leaves (RFC 9112 §6).</summary>
/// <param name="Delimiter">What ends the body.</param>
/// <param name="Length">The length to declare, for <see cref="BodyDelimiter.Length"/>.</param>
/// <param name="SendsBody">Whether body bytes follow the head: not for HEAD, nor where there is no body.</param>
/// <param name="KeepAlive">Whether the connection lives on behind it.</param>
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

        // An answer to HEAD ends with its head whatever the length would have been.
        return new ResponseFraming(BodyDelimiter.Close, 0, sendsBody, keepAlive && !sendsBody);
    }
}
