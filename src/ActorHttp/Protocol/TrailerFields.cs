using System.Collections.Frozen;

namespace ActorHttp.Protocol;

/// <summary>
/// Decides which fields the server may send as trailers. RFC 9110 §6.5.1 forbids fields for framing, routing, authentication,
/// conditions and the content's format, because the recipient needs these fields before the content.
/// </summary>
internal static class TrailerFields
{
    private static readonly FrozenSet<string> Forbidden = new[]
    {
        // Fields about framing, routing and the connection.
        "Content-Length", "Transfer-Encoding", "Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade", "Date",

        // Fields about the format of the content.
        "Content-Encoding", "Content-Type", "Content-Range",

        // Fields about the handling of the answer. A client needs these fields before the content.
        "Age", "Cache-Control", "Expires", "Location", "Retry-After", "Vary", "Warning",

        // Fields about authentication, and cookies.
        "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info", "Proxy-Authentication-Info", "Set-Cookie",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a field of this name may be a trailer.</summary>
    public static bool IsAllowed(string name) => !Forbidden.Contains(name);
}
