using System.Net;
using System.Net.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>The console program as a person meets it: arguments, exit codes, and who says what where.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Help_names_every_flag_and_exits_with_0()
    {
        using var server = await ServerProcess.RunAsync(["--help"]);
        Assert.Equal(0, await server.ExitAsync());
        var help = string.Join('\n', server.Output);
        foreach (var flag in new[] { "--directory", "-d", "--port", "-p", "--host", "--read-only", "--config", "--log-level", "--help", "--version" })
            Assert.Contains(flag, help);
        foreach (var variable in new[] { "DIRECTORY", "PORT", "HOST", "READ_ONLY", "CONFIG", "LOG_LEVEL" })
            Assert.Contains($"ACTORHTTP_{variable}", help);
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task Version_is_one_number_and_exits_with_0()
    {
        using var server = await ServerProcess.RunAsync(["--version"]);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", Assert.Single(server.Output));
        Assert.Empty(server.Errors);
    }

    [Theory]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("stray", "stray")]
    [InlineData("--port 65536", "65536")]
    [InlineData("--port -1", "-1")]
    [InlineData("--port http", "http")]
    [InlineData("--port", "--port")]
    [InlineData("--port 1 --port 2", "--port")]
    [InlineData("--log-level loud", "loud")]
    public async Task A_command_line_that_makes_no_sense_is_2_and_one_line(string arguments, string named)
    {
        using var server = await ServerProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains(named, Assert.Single(server.Errors));
        Assert.Empty(server.Output);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("--read-only", "", false)]
    [InlineData("", "on", false)]
    [InlineData("--read-only false", "on", true)]
    [InlineData("--read-only", "off", false)]
    public async Task Read_only_is_said_by_the_flag_or_else_the_environment(string flag, string variable, bool writes)
    {
        string[] arguments = ["--port", "0", "--directory", _files.Path, .. flag.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        using var server = ServerProcess.Start(arguments, ("ACTORHTTP_READ_ONLY", variable));
        await server.ReadyAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        using var request = new HttpRequestMessage(HttpMethod.Options, "/files/x");
        using var response = await client.SendAsync(request);
        Assert.Equal(writes, response.Content.Headers.Allow.Contains("PUT"));
    }

    [Fact]
    public async Task A_log_level_in_the_environment_that_makes_no_sense_is_2_and_one_line()
    {
        using var server = await ServerProcess.RunAsync(["--port", "0"], ("ACTORHTTP_LOG_LEVEL", "loud"));
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains("ACTORHTTP_LOG_LEVEL=loud", Assert.Single(server.Errors));
    }

    [Fact]
    public async Task A_port_in_use_is_1_and_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await AssertCannotRunAsync(["--port", $"{port}"], $"{port}");
    }

    [Fact]
    public Task A_directory_that_is_missing_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--directory", _files["missing"]], _files["missing"]);

    [Fact]
    public Task A_directory_that_is_a_file_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--directory", _files.Add("file", "x")], _files["file"]);

    [Fact]
    public Task A_host_that_does_not_resolve_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid");

    [Fact]
    public Task A_host_that_is_not_ours_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--host", "192.0.2.1"], "192.0.2.1");

    [Fact]
    public Task A_config_that_is_missing_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--config", _files["missing.conf"]], _files["missing.conf"]);

    [Fact]
    public Task A_config_that_is_a_directory_is_1_and_one_line() =>
        AssertCannotRunAsync(["--port", "0", "--config", _files.Path], _files.Path);

    [Theory]
    [InlineData("actor-http { port = 0")]
    [InlineData("actor-http { port = 0 }}")]
    [InlineData("actor-http.host = \"localhost")]
    [InlineData("a = ${nothing.of.this.name}")]
    [InlineData("include \"not-there.conf\"")]
    public Task A_config_that_is_no_HOCON_is_1_and_one_line(string text) =>
        AssertCannotRunAsync(["--port", "0", "--config", _files.Add("bad.conf", text)], "configuration");

    [Theory]
    [InlineData("limits = 5", "actor-http.limits")]
    [InlineData("port = many", "actor-http.port")]
    [InlineData("limits.pipelining = 0", "actor-http.limits.pipelining")]
    [InlineData("limits.request-line-size = big", "actor-http.limits.request-line-size")]
    [InlineData("limits.body-size = -1", "actor-http.limits.body-size")]
    [InlineData("timeouts.idle = soon", "actor-http.timeouts.idle")]
    [InlineData("timeouts.drain = 0s", "actor-http.timeouts.drain")]
    [InlineData("files.flush-to-disk = maybe", "actor-http.files.flush-to-disk")]
    [InlineData("coding.order = [\"lzma\"]", "actor-http.coding.order")]
    [InlineData("coding.level = hard", "actor-http.coding.level")]
    public Task A_setting_that_makes_no_sense_is_1_and_one_line_with_its_key(string setting, string key) =>
        AssertCannotRunAsync(["--config", _files.Add("wrong.conf", $"actor-http.port = 0\nactor-http.{setting}")], key);

    [Fact]
    public Task A_port_in_the_environment_that_makes_no_sense_is_one_line() =>
        AssertCannotRunAsync([], "actor-http.port", ("ACTORHTTP_PORT", "http"));

    private static async Task AssertCannotRunAsync(string[] arguments, string named, params (string, string)[] environment)
    {
        using var server = await ServerProcess.RunAsync(arguments, environment);
        Assert.Equal(1, await server.ExitAsync());
        Assert.True(server.Errors.Count == 1, string.Join('\n', server.Errors));
        Assert.Contains(named, server.Errors[0]);
        Assert.Empty(server.Output);
    }
}
