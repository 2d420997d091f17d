using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>The console program while it runs, and how it ends.</summary>
public sealed class ServerHostTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [SignalFact]
    public async Task The_ready_line_names_the_real_port_and_is_all_there_is_on_stdout()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        var line = await server.ReadyAsync();
        Assert.NotEqual(0, server.Address.Port);
        Assert.Equal(200, (await GetAsync(server, "/echo/abc")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Equal([line], server.Output);
    }

    // The pipe holds 64 KiB, and the log of these requests is longer. The logger waits for a reader then, and nothing else does.
    [SignalFact]
    public async Task A_log_that_stands_still_holds_up_no_request()
    {
        var log = _files["log"];
        using (var made = Process.Start("mkfifo", [log]))
            await made.WaitForExitAsync();
        using var pipe = new FileStream(log, FileMode.Open, FileAccess.ReadWrite);
        using var server = ServerProcess.StartUnder(["sh", "-c", $"exec \"$@\" 2>'{log}'", "sh"], ["--port", "0", "--log-level", "debug"]);
        await server.ReadyAsync();
        using var client = await RawClient.ConnectAsync(server.Address);
        var target = "/echo/" + new string('a', 4_000);
        for (var i = 0; i < 40; i++)
        {
            await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        }

        // No line is lost, and none says that a logger held up a thread of the sockets.
        server.Signal(ServerProcess.Sigterm);
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!text.ToString().Contains("Draining", StringComparison.Ordinal))
            text.Append(Encoding.UTF8.GetString(buffer, 0, await pipe.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20))));
        Assert.DoesNotMatch("/log[^ ]* has held up its thread", text.ToString());
        Assert.Equal(40, Regex.Count(text.ToString(), "GET /echo/"));
        Assert.Equal(0, await server.ExitAsync());
    }

    [SignalFact]
    public async Task Sigterm_is_0()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        await server.ReadyAsync();
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain(server.Errors, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    // The library has no program. Its project runs the console host, and signals, streams and exit codes pass through.
    [SignalFact]
    public async Task Dotnet_run_of_the_library_runs_the_host_and_drains_it_at_Sigterm()
    {
        using var server = ServerProcess.StartByDotnetRun("--port", "0");
        await server.ReadyAsync();
        Assert.Equal(200, (await GetAsync(server, "/echo/abc")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains(server.Errors, line => line.Contains("Draining", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dotnet_run_of_the_library_ends_with_the_exit_code_of_the_host()
    {
        using var server = ServerProcess.StartByDotnetRun("--no-such-flag");
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains(server.Errors, line => line.Contains("--no-such-flag", StringComparison.Ordinal));
    }

    [SignalFact(ServerProcess.Sigint)]
    public async Task Ctrl_C_is_0()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        await server.ReadyAsync();
        server.Signal(ServerProcess.Sigint);
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain(server.Errors, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [SignalFact(ServerProcess.Sigquit)]
    public async Task Sigquit_is_0()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        await server.ReadyAsync();
        server.Signal(ServerProcess.Sigquit);
        Assert.Equal(0, await server.ExitAsync());
    }

    [SignalFact(ServerProcess.Sighup)]
    public async Task Sighup_and_sigpipe_end_nothing()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        await server.ReadyAsync();
        server.Signal(ServerProcess.Sigpipe);
        server.Signal(ServerProcess.Sighup);
        await Until.TrueAsync(
            () => server.Errors.Any(line => line.Contains("SIGHUP", StringComparison.Ordinal)), "the log speaks of SIGHUP");
        Assert.Equal(200, (await GetAsync(server, "/echo/abc")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
    }

    [SignalFact]
    public async Task The_ready_line_says_what_is_served_and_whether_it_can_be_written_to()
    {
        await AssertSaysAsync("serving no folder");
        await AssertSaysAsync($"serving {_files.Path} (writable)", "--directory", _files.Path);
        await AssertSaysAsync($"serving {_files.Path} (read-only)", "--directory", _files.Path, "--read-only");

        static async Task AssertSaysAsync(string what, params string[] arguments)
        {
            using var server = ServerProcess.Start(["--port", "0", .. arguments]);
            var line = await server.ReadyAsync();
            Assert.Equal($"ActorHttp is listening on http://localhost:{server.Address.Port}, {what}", line);
        }
    }

    [SignalFact]
    public async Task The_ready_line_is_one_line_whatever_the_folder_is_called()
    {
        var folder = Directory.CreateDirectory(_files["a\nb"]).FullName;
        using var server = ServerProcess.Start(["--port", "0", "--directory", folder]);
        Assert.EndsWith("a?b (writable)", await server.ReadyAsync());
    }

    [SignalTheory]
    [InlineData(">&-")]
    [InlineData(">/dev/full")]
    public async Task Without_a_stdout_the_server_serves_and_says_so_once(string redirection)
    {
        using var server = ServerProcess.StartUnder(["sh", "-c", $"exec \"$@\" {redirection}", "sh"], ["--port", "0"]);
        await server.ReadyWithoutStdoutAsync();
        Assert.Equal(200, (await GetAsync(server, "/echo/abc")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Single(server.Errors, line => line.StartsWith("Cannot write to stdout", StringComparison.Ordinal));
    }

    [SignalTheory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    public async Task Without_a_stderr_the_server_serves(string redirection)
    {
        using var server = ServerProcess.StartUnder(
            ["sh", "-c", $"exec \"$@\" {redirection}", "sh"], ["--port", "0", "--log-level", "debug"]);
        await server.ReadyAsync();
        Assert.Equal(200, (await GetAsync(server, "/echo/abc")).Status);
        Assert.Equal(404, (await GetAsync(server, "/nothing")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Single(server.Output);
    }

    [SignalFact]
    public Task The_same_signal_twice_is_one_and_a_download_finishes() => AssertFinishesAsync(ServerProcess.Sigterm, ServerProcess.Sigterm);

    [SignalFact(ServerProcess.Sigint)]
    public Task Two_signals_to_end_in_one_moment_are_one_and_a_download_finishes() =>
        AssertFinishesAsync(ServerProcess.Sigint, ServerProcess.Sigterm);

    [SignalFact]
    public Task Sigterm_lets_a_download_finish() => AssertFinishesAsync(ServerProcess.Sigterm);

    private async Task AssertFinishesAsync(params int[] signals)
    {
        var body = TemporaryDirectory.Pattern(16 * 1024 * 1024);
        _files.Add("large", body);
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        using var idle = await RawClient.ConnectAsync(server.Address);
        Assert.Equal(200, (await idle.ExchangeAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).Status);
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var head = await client.ReadHeadAsync();
        foreach (var signal in signals)
            server.Signal(signal);

        // The first that a client sees of the shutdown. Only then the rest is read.
        await idle.ExpectFinAsync();
        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.True(body.AsSpan().SequenceEqual(read.ToArray()));
        Assert.Equal(0, await server.ExitAsync());
        Assert.Single(server.Errors, "Draining: 1 request open, up to 30 s; press again to end at once");
    }

    [SignalFact]
    public async Task At_the_end_of_the_drain_what_is_left_is_reset_and_counted()
    {
        _files.Add("large", new byte[16 * 1024 * 1024]);
        var config = _files.Add("own.conf", "actor-http.timeouts.drain = 500ms");
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path, "--config", config]);
        await server.ReadyAsync();
        using var first = await BeginDownloadAsync(server);
        using var second = await BeginDownloadAsync(server);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Single(server.Errors, line => line.Contains("2 of the connections were still open", StringComparison.Ordinal));
        await Assert.ThrowsAnyAsync<Exception>(
            () => first.ReadBodyAsync(new RawHead(200, "", [("Content-Length", "16777216")]), "GET", _ => { }));
    }

    [SignalFact]
    public async Task A_second_signal_ends_at_once_resets_what_is_open_and_is_1()
    {
        _files.Add("large", new byte[16 * 1024 * 1024]);
        using var server = ServerProcess.Start(["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        using var idle = await RawClient.ConnectAsync(server.Address);
        Assert.Equal(200, (await idle.ExchangeAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).Status);
        using var client = await BeginDownloadAsync(server);
        server.Signal(ServerProcess.Sigterm);

        // It drains, for up to 30 seconds. What follows the first signal within half a second counts as the first.
        await idle.ExpectFinAsync();
        await Until.TrueAsync(
            () =>
            {
                server.SignalIfAlive(ServerProcess.Sigterm);
                return server.HasExited;
            },
            "a second signal has ended the server");
        Assert.Equal(1, await server.ExitAsync());
        Assert.Single(server.Errors, line => line.StartsWith("A second signal", StringComparison.Ordinal));
        Assert.Equal(StreamEnd.Reset, (await client.ReadToEndAsync()).End);
    }

    [SignalFact]
    public async Task Faults_are_refused_where_others_could_ask_for_them()
    {
        var config = _files.Add("own.conf", "actor-http.faults.enabled = on");
        using var open = await ServerProcess.RunAsync(["--port", "0", "--host", "*", "--config", config]);
        Assert.Equal(1, await open.ExitAsync());
        Assert.StartsWith("actor-http.faults.enabled cannot be on for *", Assert.Single(open.Errors));
        using var closed = ServerProcess.Start(["--port", "0", "--config", config]);
        await closed.ReadyAsync();
        Assert.Equal(500, (await GetAsync(closed, "/_fault/handler")).Status);
    }

    [SignalFact]
    public async Task Flag_wins_over_environment_over_config_over_default()
    {
        string Folder(string name)
        {
            _files.Add($"{name}/who", name);
            return _files[name];
        }

        // Each source but the last names a directory of its own; and the config also what nobody else names.
        var config = _files.Add(
            "own.conf",
            $"actor-http {{ port = 0, host = \"127.0.0.1\", directory = \"{Folder("config")}\", limits.request-line-size = 100B }}");
        await AssertServedAsync(
            "flag",
            ["--config", config, "-d", Folder("flag"), "-p", "0"],
            ("ACTORHTTP_DIRECTORY", Folder("environment")),
            ("ACTORHTTP_PORT", "1"));
        await AssertServedAsync("environment", ["--config", config], ("ACTORHTTP_DIRECTORY", Folder("environment")));
        await AssertServedAsync("config", [], ("ACTORHTTP_CONFIG", config));
        await AssertServedAsync("config", ["--config", config], ("ACTORHTTP_CONFIG", _files["missing.conf"]), ("ACTORHTTP_DIRECTORY", ""));
    }

    [SignalFact]
    public async Task A_line_for_each_request_is_logged_at_debug_only()
    {
        var atDebug = await LogAsync(["--port", "0", "--log-level", "debug"]);
        Assert.Single(atDebug, line => line.Contains("GET /echo/needle 200", StringComparison.Ordinal));
        Assert.Single(atDebug, line => line.Contains("GET /nothing/needle 404", StringComparison.Ordinal));
        Assert.DoesNotContain(await LogAsync(["--port", "0"]), line => line.Contains("needle", StringComparison.Ordinal));
        Assert.Empty(await LogAsync(["--port", "0"], ("ACTORHTTP_LOG_LEVEL", "error")));
    }

    [SignalFact]
    public async Task Without_a_directory_it_says_so_once_when_files_are_asked_for()
    {
        using var server = ServerProcess.Start(["--port", "0"]);
        await server.ReadyAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal(404, (await GetAsync(server, "/files/x")).Status);
        server.Signal(ServerProcess.Sigterm);
        await server.ExitAsync();
        Assert.Single(server.Errors, line => line.Contains("--directory", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<string>> LogAsync(string[] arguments, params (string, string)[] environment)
    {
        using var server = ServerProcess.Start(arguments, environment);
        await server.ReadyAsync();
        Assert.Equal(200, (await GetAsync(server, "/echo/needle")).Status);
        Assert.Equal(404, (await GetAsync(server, "/nothing/needle")).Status);
        server.Signal(ServerProcess.Sigterm);
        Assert.Equal(0, await server.ExitAsync());
        return server.Errors;
    }

    private static async Task AssertServedAsync(string who, string[] arguments, params (string, string)[] environment)
    {
        using var server = ServerProcess.Start(arguments, environment);
        await server.ReadyAsync();
        Assert.Equal(who, (await GetAsync(server, "/files/who")).Text);

        // What only the config says holds in every case, and what nobody says has its default.
        Assert.Equal(414, (await GetAsync(server, $"/{new string('x', 100)}")).Status);
    }

    // A client that reads the head and then nothing.
    private static async Task<RawClient> BeginDownloadAsync(ServerProcess server)
    {
        var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadHeadAsync();
        return client;
    }

    private static async Task<RawResponse> GetAsync(ServerProcess server, string path)
    {
        using var client = await RawClient.ConnectAsync(server.Address);
        return await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
}
