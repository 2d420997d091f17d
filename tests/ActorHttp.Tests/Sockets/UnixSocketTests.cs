using System.Net.Sockets;
using System.Security.Cryptography;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Kit;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>A server on a unix socket and a TCP port at once. RestartTests has the restart table on a unix socket.</summary>
public sealed class UnixSocketTests : IAsyncLifetime
{
    private const int Megabyte = 1024 * 1024;

    private RunningServer _server = null!;
    private CrashLog _crashes = null!;

    public async Task InitializeAsync()
    {
        _server = await StartAsync("");
        _crashes = new CrashLog(_server.System);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [UnixFact]
    public async Task A_request_is_answered_on_each_endpoint()
    {
        using var local = await _server.ConnectAsync();
        Assert.Equal("hello", (await local.ExchangeAsync(Get("/echo/hello"))).Text);
        using var remote = await RawClient.ConnectAsync(_server.Address);
        Assert.Equal("hello", (await remote.ExchangeAsync(Get("/echo/hello"))).Text);
        Assert.Equal("again", (await local.ExchangeAsync(Get("/echo/again"))).Text);
    }

    [UnixFact]
    public void The_listeners_have_the_names_of_their_endpoints() => Assert.Superset(
        new HashSet<string> { "listener-ipv4-tcp", "listener-unix-local" }, _server.Parts.Select(part => part.Path.Name).ToHashSet());

    [UnixFact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(0, 100).Select(i => Get($"/echo/{i}"))));
        for (var i = 0; i < 100; i++)
            Assert.Equal($"{i}", (await client.ReadResponseAsync()).Text);
    }

    [UnixFact]
    public async Task Megabytes_go_up_and_come_down_the_same()
    {
        var body = TemporaryDirectory.Pattern(16 * Megabyte);
        using var client = await _server.ConnectAsync();
        await client.SendAsync($"PUT /files/large HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);
        var read = await client.ExchangeAsync(Get("/files/large"));
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(read.Body));
        Assert.Equal("x", (await client.ExchangeAsync(Get("/echo/x"))).Text);
    }

    [UnixFact]
    public async Task A_client_that_does_not_read_holds_the_server_up_and_gets_every_byte()
    {
        var body = TemporaryDirectory.Pattern(8 * Megabyte);
        _server.Files.Add("slow", body);
        using var client = await _server.ConnectAsync();
        await client.SendAsync(Get("/files/slow"));
        var head = await client.ReadHeadAsync();
        using var other = await _server.ConnectAsync();
        Assert.Equal("x", (await other.ExchangeAsync(Get("/echo/x"))).Text);
        Assert.Single(_server.Transfers);
        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.True(body.AsSpan().SequenceEqual(read.ToArray()));
    }

    [UnixFact]
    public async Task A_client_that_ends_its_side_still_gets_its_answer()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(Get("/echo/last"));
        client.FinishSending();
        Assert.Equal("last", (await client.ReadResponseAsync()).Text);
        await client.ExpectFinAsync();
    }

    [UnixFact]
    public async Task A_request_that_is_no_HTTP_is_refused_and_the_connection_closed()
    {
        using var client = await _server.ConnectAsync();
        Assert.Equal(400, (await client.ExchangeAsync("nonsense\r\n\r\n")).Status);
        await client.ExpectFinAsync();
    }

    [UnixFact]
    public async Task Each_endpoint_has_places_of_its_own_and_past_them_says_503()
    {
        await using var own = await StartAsync("actor-http.limits.connections = 1");
        using var busy = await own.ConnectAsync();
        await busy.SendAsync("GET /unfinished");
        await Until.TrueAsync(() => own.Connections.Count == 1, "the client has its connection");
        using var refused = await own.ConnectAsync();
        var answer = await refused.ReadResponseAsync();
        Assert.Equal((503, "1"), (answer.Status, answer["Retry-After"]));
        using var remote = await RawClient.ConnectAsync(own.Address);
        Assert.Equal(200, (await remote.ExchangeAsync(Get("/"))).Status);
    }

    [UnixFact]
    public async Task A_listener_that_is_killed_keeps_its_socket_and_its_connections()
    {
        using var client = await _server.ConnectAsync();
        Assert.Equal("1", (await client.ExchangeAsync(Get("/echo/1"))).Text);
        await KillAsync(_server.Parts.Single(part => part.Path.Name == "listener-unix-local"));
        Assert.Equal("2", (await client.ExchangeAsync(Get("/echo/2"))).Text);
        using var next = await _server.ConnectAsync();
        Assert.Equal("3", (await next.ExchangeAsync(Get("/echo/3"))).Text);
    }

    // The acceptor is a child of the listener as the connections are, and comes back with it.
    [UnixFact]
    public async Task A_listener_that_is_killed_does_not_count_its_acceptor_as_a_connection()
    {
        await using var own = await StartAsync("actor-http.limits.connections = 1");
        var crashes = new CrashLog(own.System);
        var listener = own.Parts.Single(part => part.Path.Name == "listener-unix-local");
        listener.Tell(Kill.Instance);
        await Until.TrueAsync(() => crashes.CrashesOf(listener) > 0, "the listener has been killed");
        using var client = await own.ConnectAsync();
        Assert.Equal("1", (await client.ExchangeAsync(Get("/echo/1"))).Text);
    }

    [UnixFact]
    public async Task An_acceptor_that_is_killed_again_and_again_is_replaced_and_binds_anew()
    {
        using var client = await _server.ConnectAsync();
        Assert.Equal("1", (await client.ExchangeAsync(Get("/echo/1"))).Text);
        for (var i = 0; i < 4; i++)
            await KillAsync(Acceptor);
        await Until.TrueAsync(
            async () =>
            {
                using var next = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await next.ConnectAsync(_server.Endpoint);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "the socket is bound again");
        using var late = await _server.ConnectAsync();
        Assert.Equal("2", (await late.ExchangeAsync(Get("/echo/2"))).Text);
        Assert.Equal("3", (await client.ExchangeAsync(Get("/echo/3"))).Text);
    }

    [UnixFact]
    public async Task A_drain_finishes_the_open_request_and_removes_the_file()
    {
        await using var own = await StartAsync("");
        var path = own.Endpoint.ToString()!;
        using var client = await own.ConnectAsync();
        await client.SendAsync("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
        await client.ReadHeadAsync();
        var stopping = own.Host.StopAsync();
        await Until.TrueAsync(() => !File.Exists(path), "the file is gone when the drain begins");
        await client.SendAsync("cd");
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Equal(("abcd", StreamEnd.Fin), (System.Text.Encoding.ASCII.GetString(bytes), end));
        await stopping;
    }

    private IActorRef Acceptor => RunningServer
        .ChildrenOf(_server.Parts.Single(part => part.Path.Name == "listener-unix-local"))
        .Single(child => child.Path.Name == "acceptor");

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n";

    private static Task<RunningServer> StartAsync(string settings) =>
        RunningServer.StartAsync(settings, hasUnixSocket: !OperatingSystem.IsWindows());

    private async Task KillAsync(IActorRef actor)
    {
        var before = _crashes.CrashesOf(actor);
        actor.Tell(Kill.Instance);
        await Until.TrueAsync(() => _crashes.CrashesOf(actor) > before, "the actor has been killed");
    }
}
