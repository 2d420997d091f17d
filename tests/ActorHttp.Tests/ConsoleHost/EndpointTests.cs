using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>The console program on several endpoints, and on a unix socket.</summary>
public sealed class EndpointTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    private string Path => _files["x.sock"];

    public void Dispose() => _files.Dispose();

    [SignalFact]
    public async Task The_ready_line_names_each_endpoint_in_order()
    {
        using var server = Start($"a.unix-socket = \"{Path}\", b.port = 0, c {{ host = \"0.0.0.0\", port = 0 }}");
        var line = await server.ReadyAsync();
        Assert.Matches(
            $"^ActorHttp is listening on unix:{Path} and http://localhost:[1-9][0-9]* and http://0.0.0.0:[1-9][0-9]*, serving no folder$",
            line);
        Assert.Equal(200, (await AskAsync(new UnixDomainSocketEndPoint(Path))).Status);
        Assert.Equal(200, (await AskAsync(server.Address)).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Equal([line], server.Output);
        Assert.Equal(["own.conf"], _files.Entries);
    }

    [SignalFact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_socket_file_has_the_permissions_that_were_set()
    {
        using var server = Start($"a {{ unix-socket = \"{Path}\", mode = \"0622\" }}");
        Assert.Equal($"ActorHttp is listening on unix:{Path}, serving no folder", await server.ReadyAsync());
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite, File.GetUnixFileMode(Path));
    }

    [SignalFact]
    public async Task What_a_killed_server_has_left_is_replaced_and_a_living_one_is_not()
    {
        using (var killed = Start($"a.unix-socket = \"{Path}\""))
            await killed.ReadyAsync();
        Assert.True(File.Exists(Path));
        using var server = Start($"a.unix-socket = \"{Path}\"");
        await server.ReadyAsync();
        using var second = Start($"a.unix-socket = \"{Path}\"");
        Assert.Equal(1, await second.ExitAsync());
        Assert.Equal($"Cannot listen on unix:{Path} (endpoint a): another server listens on this socket.", Assert.Single(second.Errors));
        Assert.Empty(second.Output);
        Assert.Equal(200, (await AskAsync(new UnixDomainSocketEndPoint(Path))).Status);
    }

    // A browser reaches a loopback address, and no unix socket.
    [SignalTheory]
    [InlineData("a.unix-socket = \"SOCKET\"", 200)]
    [InlineData("a.unix-socket = \"SOCKET\", b.port = 0", 421)]
    [InlineData("a.unix-socket = \"SOCKET\", b { host = \"0.0.0.0\", port = 0 }", 200)]
    public async Task Another_host_is_misdirected_where_a_browser_could_have_been_misled(string endpoints, int status)
    {
        using var server = Start(endpoints.Replace("SOCKET", Path, StringComparison.Ordinal));
        await server.ReadyAsync();
        var socket = new UnixDomainSocketEndPoint(Path);
        Assert.Equal(status, (await AskAsync(socket, "evil.example")).Status);
        Assert.Equal(200, (await AskAsync(socket, "localhost")).Status);
    }

    [SignalFact]
    public async Task A_place_on_the_command_line_is_refused_when_the_file_has_endpoints()
    {
        var config = _files.Add("own.conf", "actor-http.endpoints.a.port = 0");
        await AssertCannotRunAsync(
            ["--config", config, "--port", "4221"], "--port 4221 cannot be used: actor-http.endpoints says where to listen.");
        await AssertCannotRunAsync(
            ["--config", config, "--port", "80"], "--port 80 cannot be used: actor-http.endpoints says where to listen.");
        await AssertCannotRunAsync(
            ["--config", config, "--host", "*"], "--host * cannot be used: actor-http.endpoints says where to listen.");
        await AssertCannotRunAsync(
            ["--config", config], "ACTORHTTP_PORT=4221 cannot be used: actor-http.endpoints says where to listen.",
            ("ACTORHTTP_PORT", "4221"));
    }

    [SignalFact]
    public async Task A_file_with_both_forms_is_refused() => await AssertCannotRunAsync(
        ["--config", _files.Add("own.conf", "actor-http { port = 80, endpoints.a.port = 0 }")],
        "actor-http.port = 80 cannot be used: actor-http.endpoints says where to listen.");

    // The program would start one server, and say nothing of the other.
    [SignalFact]
    public async Task A_second_server_in_the_file_is_refused() => await AssertCannotRunAsync(
        ["--config", _files.Add("own.conf", "actor-http.servers.admin.port = 0")],
        "actor-http.servers.admin cannot be used: this program has one server, which can have several actor-http.endpoints.");

    [SignalFact]
    public async Task A_socket_file_that_cannot_be_made_is_one_line()
    {
        var file = _files.Add("a-file", "some bytes");
        await AssertCannotListenAsync(file, "the file exists and is not a socket");
        await AssertCannotListenAsync(_files["missing/x.sock"], $"the folder {_files["missing"]} does not exist");
        Assert.Equal("some bytes", await File.ReadAllTextAsync(file));
    }

    [SignalFact]
    public async Task Of_several_endpoints_the_one_in_use_is_named_and_nothing_is_left()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var server = Start($"a.unix-socket = \"{Path}\", b {{ host = 127.0.0.1, port = {port} }}");
        Assert.Equal(1, await server.ExitAsync());
        Assert.Equal($"Cannot listen on 127.0.0.1:{port} (endpoint b): Address already in use.", Assert.Single(server.Errors));
        Assert.Empty(server.Output);
        Assert.Equal(["own.conf"], _files.Entries);
    }

    // As on TCP: the last descriptors are for telling clients no.
    [WrapperFact("prlimit")]
    public async Task Without_descriptors_a_client_of_a_unix_socket_is_told_no_and_the_next_one_is_served()
    {
        var config = _files.Add("own.conf", $"actor-http.endpoints.a.unix-socket = \"{Path}\"");
        using var server = ServerProcess.StartUnder(["prlimit", "--nofile=300:300"], ["--config", config]);
        await server.ReadyAsync();
        var clients = new List<RawClient>();
        try
        {
            RawResponse response;
            do
            {
                clients.Add(await RawClient.ConnectAsync(new UnixDomainSocketEndPoint(Path)));
                response = await clients[^1].ExchangeAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            while (response.Status == 200);
            Assert.Equal((503, "The server has as many files open as it may have.\n"), (response.Status, response.Text));
            Assert.InRange(clients.Count, 20, 300);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        await Until.TrueAsync(async () => (await AskAsync(new UnixDomainSocketEndPoint(Path))).Status == 200, "a client is served again");
    }

    private ServerProcess Start(string endpoints) =>
        ServerProcess.Start(["--config", _files.Add("own.conf", $"actor-http.endpoints {{ {endpoints} }}")]);

    private async Task AssertCannotListenAsync(string path, string reason)
    {
        using var server = Start($"a.unix-socket = \"{path}\"");
        Assert.Equal(1, await server.ExitAsync());
        Assert.Equal($"Cannot listen on unix:{path} (endpoint a): {reason}.", Assert.Single(server.Errors));
        Assert.Empty(server.Output);
    }

    private static async Task AssertCannotRunAsync(string[] arguments, string line, params (string, string)[] environment)
    {
        using var server = await ServerProcess.RunAsync(arguments, environment);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Equal(line, Assert.Single(server.Errors));
        Assert.Empty(server.Output);
    }

    private static async Task<RawResponse> AskAsync(EndPoint server, string host = "localhost")
    {
        using var client = await RawClient.ConnectAsync(server);
        return await client.ExchangeAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    }
}
