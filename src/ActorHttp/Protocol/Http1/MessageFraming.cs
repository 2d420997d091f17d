using ActorHttp.Fields;
using ActorHttp.Messages;

namespace ActorHttp.Protocol.Http1;

internal enum FramingKind
{
    None,
    Length,
    Chunked,
}

/// <summary>How the reader finds the end of a request's body (RFC 9112 §6.3).</summary>
internal readonly record struct MessageFraming(FramingKind Kind, long Length)
{
    public static readonly MessageFraming None = new(FramingKind.None, 0);
    public static readonly MessageFraming Chunked = new(FramingKind.Chunked, 0);

    public RequestBody Body => Kind switch
    {
        FramingKind.None => RequestBody.None,
        FramingKind.Chunked => new RequestBody(true, null),
        _ => new RequestBody(true, Length),
    };

    /// <summary>
    /// Determines the framing of a request (RFC 9112 §6.3). <paramref name="transferEncoding"/> and
    /// <paramref name="contentLength"/> are the field values; null for an absent field. The caller has joined several
    /// Transfer-Encoding lines with commas.
    /// </summary>
    public static Rejection Of(HttpVersion version, string? transferEncoding, string? contentLength, out MessageFraming framing)
    {
        framing = None;

        // The numbered steps below are the steps of RFC 9112 §6.3. Steps 1 and 2 apply to responses only.
        if (transferEncoding is not null)
        {
            // Step 3 and §6.1: refuses a request with both fields. Attackers use the combination of both fields for request
            // smuggling.
            if (contentLength is not null)
                return Rejection.ContentLengthWithTransferEncoding;

            // §6.1: a server must treat the framing of an HTTP/1.0 request with Transfer-Encoding as faulty.
            if (version == HttpVersion.Http10)
                return Rejection.TransferEncodingInHttp10;

            // Step 4: chunked must be the final coding. The server supports no other transfer coding.
            framing = Chunked;
            return CheckCodings(transferEncoding);
        }

        // Step 7: a request without both fields has no body.
        if (contentLength is null)
            return Rejection.None;

        // Step 5: an invalid value is an unrecoverable error. Step 6: a valid value is the length of the body.
        var rejection = ParseLength(contentLength, out var length);
        framing = length == 0 ? None : new MessageFraming(FramingKind.Length, length);
        return rejection;
    }

    private static Rejection ParseLength(string value, out long length)
    {
        length = 0;
        if (value.Length == 0)
            return Rejection.MalformedContentLength;
        foreach (var c in value)
        {
            if (!char.IsAsciiDigit(c) || length > (long.MaxValue - (c - '0')) / 10)
                return Rejection.MalformedContentLength;
            length = (length * 10) + (c - '0');
        }

        return Rejection.None;
    }

    private static Rejection CheckCodings(string value)
    {
        var rest = value.AsSpan();
        var unknown = false;
        while (true)
        {
            var comma = rest.IndexOf(',');
            var coding = (comma < 0 ? rest : rest[..comma]).Trim(" \t");
            var isLast = comma < 0;
            if (coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
            {
                if (!isLast)
                    return Rejection.MalformedTransferEncoding;
                return unknown ? Rejection.UnknownTransferCoding : Rejection.None;
            }

            // Refuses an empty member, a malformed member, chunked with parameters, and a last member that is not chunked.
            var name = coding.IndexOf(';') is var semicolon and >= 0 ? coding[..semicolon].TrimEnd(" \t") : coding;
            if (isLast || !FieldSyntax.IsToken(name) || name.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                return Rejection.MalformedTransferEncoding;
            unknown = true;
            rest = rest[(comma + 1)..];
        }
    }
}
