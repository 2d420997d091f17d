using System.Buffers;

namespace ActorHttp.Uris;

/// <summary>The grammar of <c>uri-host [ ":" port ]</c> (RFC 9110 §7.2, RFC 3986 §3.2.2).</summary>
internal static class HostSyntax
{
    // unreserved / sub-delims; pct-encoded is looked at apart
    private static readonly SearchValues<byte> RegisteredName = SearchValues.Create(
        "-._~!$&'()*+,;=%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> Ipv6 = SearchValues.Create("0123456789ABCDEFabcdef:."u8);

    /// <summary>Whether this is a host that is not empty, and a port if there is a colon. User information is no part of it.</summary>
    public static bool IsHostAndPort(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> host, port;
        if (!text.IsEmpty && text[0] == '[')
        {
            var end = text.IndexOf((byte)']');
            if (end < 0)
                return false;
            var literal = text[1..end];
            port = text[(end + 1)..];

            // IPvFuture has never been given out: what is not IPv6 in brackets is a mistake or an attack. The colon keeps
            // out what TryParse takes for IPv4, such as 127.0.0.1 and 12.
            return literal.Contains((byte)':')
                && !literal.ContainsAnyExcept(Ipv6)
                && System.Net.IPAddress.TryParse(System.Text.Encoding.ASCII.GetString(literal), out _)
                && (port.IsEmpty || (port[0] == ':' && IsPort(port[1..])));
        }

        var colon = text.IndexOf((byte)':');
        host = colon < 0 ? text : text[..colon];
        port = colon < 0 ? default : text[(colon + 1)..];
        return !host.IsEmpty && !host.ContainsAnyExcept(RegisteredName) && PercentEncoding.IsValid(host) && IsPort(port);
    }

    // port = *DIGIT: an empty one is allowed. Above 65535 there is no port to mean.
    private static bool IsPort(ReadOnlySpan<byte> port)
    {
        var value = 0;
        foreach (var b in port)
        {
            if (!char.IsAsciiDigit((char)b))
                return false;
            value = (value * 10) + (b - '0');
            if (value > 65535)
                return false;
        }

        return true;
    }
}
