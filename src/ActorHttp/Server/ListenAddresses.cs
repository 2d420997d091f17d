using System.Net;
using System.Net.Sockets;

namespace ActorHttp.Server;

/// <summary>Which addresses a host setting means.</summary>
internal static class ListenAddresses
{
    /// <summary>The addresses; never none.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    public static IReadOnlyList<IPAddress> Of(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return HasIpv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        if (host == "*")
            return Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [address];
        var resolved = Dns.GetHostAddresses(host);
        return resolved.Length > 0 ? [resolved[0]] : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Whether only this machine can connect to them; false for a name that does not resolve.</summary>
    public static bool AreLoopback(string host)
    {
        try
        {
            return AreLoopback(Of(host));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether only this machine can connect to any of them.</summary>
    public static bool AreLoopback(IEnumerable<IPAddress> addresses) => addresses.All(IPAddress.IsLoopback);

    private static bool HasIpv6Loopback()
    {
        if (!Socket.OSSupportsIPv6)
            return false;
        try
        {
            // A container may have the family and no address of it; only a bind tells.
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
