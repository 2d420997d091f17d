using System.Collections.Frozen;

namespace ActorHttp.Protocol;

/// <summary>
/// Which fields a server may send as trailers. RFC 9110 §6.5.1 keeps those for the head that frame, route, authenticate or
/// condition a message, or say what its content is: they would come too late.
/// </summary>
internal static class TrailerFields
{
    private static readonly FrozenSet<string> Forbidden = new[]
    {
        // Framing, routing and the connection itself.
        "Content-Length", "Transfer-Encoding", "Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade", "Date",

        // What the content is.
        "Content-Encoding", "Content-Type", "Content-Range",

        // How the answer is to be handled, which a client must know before it reads the content.
        "Age", "Cache-Control", "Expires", "Location", "Retry-After", "Vary", "Warning",

        // Who may have it.
        "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info", "Proxy-Authentication-Info", "Set-Cookie",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a field of this name may follow a body.</summary>
    public static bool IsAllowed(string name) => !Forbidden.Contains(name);
}
