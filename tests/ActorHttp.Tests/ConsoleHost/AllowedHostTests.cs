using System.Net;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>Which hosts the console program serves, by where it listens and what it is told.</summary>
public sealed class AllowedHostTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("", "localhost", 200)]
    [InlineData("", "a.localhost", 200)]
    [InlineData("", "127.0.0.1", 200)]
    [InlineData("", "evil.example", 421)]
    [InlineData("--allow-host other.example --allow-host *.evil.example", "a.evil.example", 200)]
    [InlineData("--allow-host other.example --allow-host *.evil.example", "other.example", 200)]
    [InlineData("--allow-host other.example --allow-host *.evil.example", "localhost", 200)]
    [InlineData("--allow-host other.example --allow-host *.evil.example", "evil.example", 421)]
    [InlineData("--allow-host *", "evil.example", 200)]
    [InlineData("--host 127.0.0.1", "evil.example", 421)]
    [InlineData("--host *", "evil.example", 200)]
    [InlineData("--host * --allow-host other.example", "evil.example", 421)]
    [InlineData("--host * --allow-host other.example", "other.example", 200)]
    public async Task A_host_is_served_or_misdirected(string arguments, string host, int status)
    {
        using var server = ServerProcess.Start(["--port", "0", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        await server.ReadyAsync();
        Assert.Equal(status, (int)(await AskAsync(server, HttpMethod.Get, "/", host)).StatusCode);
    }

    [Fact]
    public async Task The_setting_says_the_same_as_the_flag_and_the_flag_goes_before_it()
    {
        var config = Path.Combine(_files.Path, "hosts.conf");
        await File.WriteAllTextAsync(config, "actor-http.hosts = [\"file.example\"]");
        using (var server = ServerProcess.Start(["--port", "0", "--config", config]))
        {
            await server.ReadyAsync();
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, HttpMethod.Get, "/", "file.example")).StatusCode);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await AskAsync(server, HttpMethod.Get, "/", "flag.example")).StatusCode);
        }

        using (var server = ServerProcess.Start(["--port", "0", "--config", config, "--allow-host", "flag.example"]))
        {
            await server.ReadyAsync();
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await AskAsync(server, HttpMethod.Get, "/", "file.example")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, HttpMethod.Get, "/", "flag.example")).StatusCode);
        }
    }

    [Fact]
    public async Task A_refused_host_writes_nothing_and_is_told_how_it_would_be_allowed()
    {
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        using var response = await AskAsync(server, HttpMethod.Put, "/files/x", "evil.example:4221", "some bytes");
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
        Assert.Equal(
            "The host evil.example is not served here. To allow it: --allow-host evil.example, or the setting actor-http.hosts.\n",
            await response.Content.ReadAsStringAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_files.Path));
    }

    [Theory]
    [InlineData("example.org:4221")]
    [InlineData("http://example.org")]
    [InlineData("")]
    public async Task A_host_that_cannot_be_one_is_2_and_one_line(string host)
    {
        using var server = await ServerProcess.RunAsync(["--allow-host", host]);
        Assert.Equal(2, await server.ExitAsync());
        Assert.StartsWith($"--allow-host {host} cannot be used", Assert.Single(server.Errors));
    }

    private static async Task<HttpResponseMessage> AskAsync(
        ServerProcess server, HttpMethod method, string path, string host, string? body = null)
    {
        using var client = new HttpClient();
        var address = server.Address.Address.Equals(IPAddress.Any)
            ? new IPEndPoint(IPAddress.Loopback, server.Address.Port)
            : server.Address;
        using var request = new HttpRequestMessage(method, $"http://{address}{path}") { Headers = { Host = host } };
        if (body is not null)
            request.Content = new StringContent(body);
        return await client.SendAsync(request);
    }
}
