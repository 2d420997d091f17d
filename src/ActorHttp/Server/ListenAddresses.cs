using System.Net;
using System.Net.Sockets;
using ActorHttp.Settings;

namespace ActorHttp.Server;

/// <summary>Finds the addresses of an endpoint in the settings.</summary>
internal static class ListenAddresses
{
    /// <summary>Returns the addresses of an endpoint; at least one.</summary>
    /// <exception cref="SocketException">The host name does not resolve.</exception>
    /// <exception cref="ArgumentException">The host name is not valid.</exception>
    public static IReadOnlyList<EndPoint> Of(EndpointSettings endpoint) => endpoint switch
    {
        TcpEndpointSettings tcp => [.. Of(tcp.Host).Select(address => new IPEndPoint(address, tcp.Port))],
        UnixEndpointSettings unix => [new UnixDomainSocketEndPoint(unix.Path)],
        _ => throw new ArgumentException("There is no such kind of endpoint.", nameof(endpoint)),
    };

    /// <summary>Returns the addresses of a host name; at least one.</summary>
    /// <exception cref="SocketException">The host name does not resolve.</exception>
    /// <exception cref="ArgumentException">The host name is not valid.</exception>
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
    /// Whether all TCP endpoints of the server are on loopback addresses, and the server has at least one TCP endpoint. A web
    /// page from the internet could then attack the server through the browser of a user of this machine. A browser cannot
    /// connect to a unix socket. A server on other addresses is meant to serve other hosts.
    /// </summary>
    public static bool AreForBrowsersHere(IReadOnlyList<EndpointSettings> endpoints) =>
        endpoints.OfType<TcpEndpointSettings>().ToArray() is { Length: > 0 } tcp && Array.TrueForAll(tcp, each => AreLoopback(each.Host));

    /// <summary>
    /// Whether only this machine can connect to the addresses of a host name. False for a host name that does not resolve.
    /// </summary>
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

    /// <summary>Whether only this machine can connect to these addresses. Only this machine can connect to a unix socket.</summary>
    public static bool AreLoopback(IEnumerable<EndPoint> addresses) =>
        AreLoopback(addresses.OfType<IPEndPoint>().Select(address => address.Address));

    /// <summary>Whether only this machine can connect to these addresses.</summary>
    public static bool AreLoopback(IEnumerable<IPAddress> addresses) => addresses.All(IPAddress.IsLoopback);

    /// <summary>Formats an address for the log, such as <c>127.0.0.1:4221</c> or <c>unix:/run/actor-http.sock</c>.</summary>
    public static string Text(EndPoint address) => address is UnixDomainSocketEndPoint ? $"unix:{address}" : address.ToString()!;

    /// <summary>Formats an endpoint for the user, such as <c>http://localhost:4221</c> or <c>unix:/run/actor-http.sock</c>.</summary>
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
            // A container may support IPv6 without having an IPv6 address. Only a bind shows whether the address exists.
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
