using System.Text;

namespace ActorHttp.Fields;

/// <summary>
/// The well-known field names in their usual case. Parsing a well-known name from a request allocates no memory.
/// </summary>
internal static class FieldNames
{
    public const string AcceptEncoding = "Accept-Encoding";
    public const string Connection = "Connection";
    public const string ContentLength = "Content-Length";
    public const string Date = "Date";
    public const string Expect = "Expect";
    public const string Host = "Host";
    public const string TransferEncoding = "Transfer-Encoding";

    private static readonly string[][] ByLength = Group(
        "TE", "Via", "Age", "DNT", AcceptEncoding, Connection, ContentLength, Date, Expect, Host, TransferEncoding,
        "Accept", "Accept-Language", "Accept-Ranges", "Allow", "Authorization", "Cache-Control", "Content-Disposition",
        "Content-Encoding", "Content-Language", "Content-Location", "Content-Range", "Content-Type", "Cookie", "ETag",
        "Forwarded", "From", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
        "Keep-Alive", "Last-Modified", "Location", "Max-Forwards", "Origin", "Pragma", "Priority", "Range", "Referer",
        "Retry-After", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
        "Sec-Fetch-Site", "Sec-Fetch-User", "Server", "Trailer", "Upgrade", "Upgrade-Insecure-Requests", "User-Agent",
        "Vary", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-ID", "X-Requested-With");

    /// <summary>
    /// Returns the name as a string. The result for a well-known name is the shared instance, in the usual case. The comparison
    /// ignores case.
    /// </summary>
    public static string FromToken(ReadOnlySpan<byte> token)
    {
        if (token.Length < ByLength.Length)
        {
            foreach (var name in ByLength[token.Length])
            {
                if (Ascii.EqualsIgnoreCase(token, name))
                    return name;
            }
        }

        return Encoding.ASCII.GetString(token);
    }

    /// <summary>
    /// Returns the shared instance of a well-known name, or the same string for any other name. The comparison respects case, so
    /// the result always has the spelling that the caller passed.
    /// </summary>
    public static string Canonical(string name)
    {
        if (name.Length < ByLength.Length)
        {
            foreach (var known in ByLength[name.Length])
            {
                if (string.Equals(known, name, StringComparison.Ordinal))
                    return known;
            }
        }

        return name;
    }

    private static string[][] Group(params ReadOnlySpan<string> names)
    {
        var longest = 0;
        foreach (var name in names)
            longest = Math.Max(longest, name.Length);
        var byLength = new string[longest + 1][];
        for (var length = 0; length <= longest; length++)
        {
            var same = new List<string>();
            foreach (var name in names)
            {
                if (name.Length == length)
                    same.Add(name);
            }

            byLength[length] = [.. same];
        }

        return byLength;
    }
}
