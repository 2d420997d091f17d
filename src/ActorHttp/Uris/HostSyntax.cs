using System.Buffers;

namespace ActorHttp.Uris;

/// <summary>Checks the syntax <c>uri-host [ ":" port ]</c> (RFC 9110 §7.2, RFC 3986 §3.2.2).</summary>
internal static class HostSyntax
{
    // The characters of reg-name: unreserved, sub-delims and the percent sign. PercentEncoding checks the digits after the sign.
    private static readonly SearchValues<byte> RegisteredName = SearchValues.Create(
        "-._~!$&'()*+,;=%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> Ipv6 = SearchValues.Create("0123456789ABCDEFabcdef:."u8);

    /// <summary>Whether the text is a non-empty host, with or without a port. Returns false for a text with user information.</summary>
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

            // Brackets may contain an IPv6 address only, because no IPvFuture address has ever been assigned. The method requires
            // a colon between the brackets, because TryParse also accepts IPv4 forms such as 127.0.0.1 and 12.
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

    // Whether the text is a port: port = *DIGIT, so an empty port is valid. The largest port is 65535.
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
