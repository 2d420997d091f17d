using System.Net;
using System.Net.Sockets;
using ActorHttp.Settings;

namespace ActorHttp.Server;

/// <summary>The addresses that an endpoint of the settings stands for.</summary>
internal static class ListenAddresses
{
    /// <summary>The addresses of an endpoint; at least one.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    public static IReadOnlyList<EndPoint> Of(EndpointSettings endpoint) => endpoint switch
    {
        TcpEndpointSettings tcp => [.. Of(tcp.Host).Select(address => new IPEndPoint(address, tcp.Port))],
        UnixEndpointSettings unix => [new UnixDomainSocketEndPoint(unix.Path)],
        _ => throw new ArgumentException("There is no such kind of endpoint.", nameof(endpoint)),
    };

    /// <summary>The addresses of a host; at least one.</summary>
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

    /// <summary>
    /// Whether a page on the internet could reach the server through a visitor's browser: it listens on TCP, and on loopback
    /// addresses only.
    /// A browser cannot connect to a unix socket. A server on other addresses is meant for other hosts.
    /// </summary>
    public static bool AreForBrowsersHere(IReadOnlyList<EndpointSettings> endpoints) =>
        endpoints.OfType<TcpEndpointSettings>().ToArray() is { Length: > 0 } tcp && Array.TrueForAll(tcp, each => AreLoopback(each.Host));

    /// <summary>Whether only this machine can connect to all addresses of a host; false for a name that does not resolve.</summary>
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

    /// <summary>Whether only this machine can connect to any of these addresses. A unix socket is one of them.</summary>
    public static bool AreLoopback(IEnumerable<EndPoint> addresses) =>
        AreLoopback(addresses.OfType<IPEndPoint>().Select(address => address.Address));

    /// <summary>Whether only this machine can connect to any of these addresses.</summary>
    public static bool AreLoopback(IEnumerable<IPAddress> addresses) => addresses.All(IPAddress.IsLoopback);

    /// <summary>An address for the log, such as <c>127.0.0.1:4221</c> or <c>unix:/run/actor-http.sock</c>.</summary>
    public static string Text(EndPoint address) => address is UnixDomainSocketEndPoint ? $"unix:{address}" : address.ToString()!;

    /// <summary>An endpoint for people, such as <c>http://localhost:4221</c> or <c>unix:/run/actor-http.sock</c>.</summary>
    public static string Url(BoundEndpoint endpoint)
    {
        var first = endpoint.Addresses[0];
        if (first is not IPEndPoint ip)
            return Text(first);
        return AreLoopback(endpoint.Addresses) ? $"http://localhost:{ip.Port}" : $"http://{ip}";
    }

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
