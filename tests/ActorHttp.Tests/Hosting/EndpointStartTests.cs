using System.Net;
using System.Net.Sockets;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Hosting;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Sockets;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Hosting;

/// <summary>A server with several endpoints: all of them, or none.</summary>
public sealed class EndpointStartTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task A_program_finds_each_endpoint_with_its_real_addresses()
    {
        using var server = Server($"tcp {{ host = 127.0.0.1, port = 0 }} local.unix-socket = \"{_folder["x.sock"]}\", both {{ port = 0 }}");
        await server.Host.StartAsync();
        var endpoints = ActorHttpServers.Of(server.System).Endpoints();
        Assert.Equal(["tcp", "local", "both"], endpoints.Select(endpoint => endpoint.Name));
        Assert.Equal(IPAddress.Loopback, Assert.IsType<IPEndPoint>(Assert.Single(endpoints[0].Addresses)).Address);
        Assert.Equal(_folder["x.sock"], Assert.IsType<UnixDomainSocketEndPoint>(Assert.Single(endpoints[1].Addresses)).ToString());

        Assert.Equal($"unix:{_folder["x.sock"]}", $"{endpoints[1]}");
        Assert.Equal(string.Join(" and ", endpoints[2].Addresses), $"{endpoints[2]}");

        // One port for both families.
        Assert.Single(endpoints[2].Addresses.Cast<IPEndPoint>().Select(address => address.Port).Distinct());
        foreach (var address in endpoints.SelectMany(endpoint => endpoint.Addresses))
        {
            using var client = await RawClient.ConnectAsync(address);
            Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        }

        await server.Host.StopAsync();
        Assert.Empty(_folder.Entries);
        Assert.Empty(server.Lines);
    }

    [UnixFact]
    public async Task An_endpoint_in_use_is_named_and_the_others_are_given_back()
    {
        using var other = Listen();
        var taken = ((IPEndPoint)other.LocalEndPoint!).Port;
        int free;
        using (var probe = Listen())
            free = ((IPEndPoint)probe.LocalEndPoint!).Port;
        using var server = Server(
            $"a {{ host = 127.0.0.1, port = {free} }} b.unix-socket = \"{_folder["x.sock"]}\", c "
                + $"{{ host = 127.0.0.1, port = {taken} }} d.unix-socket = \"{_folder["y.sock"]}\"");
        await server.StartAndFailAsync();
        Assert.Single(server.Lines, line => line == $"Cannot listen on 127.0.0.1:{taken} (endpoint c): Address already in use.");
        Assert.Empty(_folder.Entries);
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(new IPEndPoint(IPAddress.Loopback, free));
    }

    // While the system still runs: the failure is reported behind the release.
    [UnixFact]
    public async Task What_was_bound_is_given_back_before_the_failure_is_reported()
    {
        _folder.Add("y.sock", "a file");
        using var server = Server($"a.unix-socket = \"{_folder["x.sock"]}\", b.unix-socket = \"{_folder["y.sock"]}\"");
        await server.StartAndFailAsync(whenReported: () => Assert.Equal(["y.sock"], _folder.Entries));
        Assert.Single(
            server.Lines, line => line == $"Cannot listen on unix:{_folder["y.sock"]} (endpoint b): the file exists and is not a socket.");
        Assert.Equal("a file", File.ReadAllText(_folder["y.sock"]));
    }

    [UnixFact]
    public async Task The_same_unix_socket_twice_is_refused()
    {
        using var server = Server($"a.unix-socket = \"{_folder["x.sock"]}\", b.unix-socket = \"{_folder["x.sock"]}\"");
        await server.StartAndFailAsync();
        Assert.Single(
            server.Lines,
            line => line == $"Cannot listen on unix:{_folder["x.sock"]} (endpoint b): another server listens on this socket.");
        Assert.Empty(_folder.Entries);
    }

    [UnixFact]
    public async Task A_name_that_does_not_resolve_is_named_with_its_endpoint()
    {
        using var server = Server($"a.unix-socket = \"{_folder["x.sock"]}\", b {{ host = \"no-such-host.invalid\", port = 0 }}");
        await server.StartAndFailAsync();
        Assert.Contains(
            server.Lines, line => line.StartsWith("Cannot listen on no-such-host.invalid (endpoint b): ", StringComparison.Ordinal));
        Assert.Empty(_folder.Entries);
    }

    [UnixFact]
    public async Task Faults_may_be_asked_for_on_a_unix_socket_and_on_loopback_alone()
    {
        using (var server = Server($"a.unix-socket = \"{_folder["x.sock"]}\", b.port = 0", "actor-http.faults.enabled = on"))
        {
            await server.Host.StartAsync();
            using var client = await RawClient.ConnectAsync(server.Address());
            Assert.Equal(500, (await client.ExchangeAsync("GET /_fault/handler HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
            await server.Host.StopAsync();
        }

        using var open = Server(
            $"a.unix-socket = \"{_folder["x.sock"]}\", b {{ host = \"0.0.0.0\", port = 0 }}", "actor-http.faults.enabled = on");
        await open.StartAndFailAsync();
        Assert.Contains(
            open.Lines, line => line.StartsWith("actor-http.faults.enabled cannot be on for 0.0.0.0", StringComparison.Ordinal));
    }

    private static EmbeddedServer Server(string endpoints, string more = "") =>
        new($"actor-http.endpoints {{ {endpoints} }}\n{more}", http => http.ConsoleEndpoints());

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }
}
