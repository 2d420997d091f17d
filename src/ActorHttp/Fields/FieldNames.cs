using System.Text;

namespace ActorHttp.Fields;

/// <summary>Field names that occur all the time, in the case in which people write them, so that reading one allocates nothing.</summary>
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

    /// <summary>The name as a string; a well-known one in its usual case, the very same instance each time.</summary>
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

    /// <summary>The well-known instance of a name, if there is one; else the name itself, so that nobody's spelling is changed.</summary>
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
