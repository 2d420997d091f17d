using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using ActorHttp.ConsoleHost;
using ActorHttp.Tests.Files;
using Akka.Configuration;

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
        Assert.All(server.Output, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("Usage: dotnet ActorHttp.Console.dll [FLAGS]", server.Output);
        var help = string.Join('\n', server.Output);
        foreach (
            var flag in new[]
            {
                "--directory", "-d", "--port", "-p", "--host", "--read-only", "--config", "--log-level", "--help", "--version",
            })
        {
            Assert.Contains(flag, help);
        }

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
    [InlineData("", "1", false)]
    [InlineData("", "TRUE", false)]
    [InlineData("", "Yes", false)]
    [InlineData("", "0", true)]
    [InlineData("", "no", true)]
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
        AssertCannotRunAsync(
            ["--port", "0", "--directory", _files.Add("file", "x")], $"{_files["file"]} is a file; --directory wants a folder.");

    [Fact]
    public Task A_directory_in_the_environment_that_is_a_file_is_named_by_its_variable() =>
        AssertCannotRunAsync(
            ["--port", "0"],
            $"{_files["file"]} is a file; ACTORHTTP_DIRECTORY wants a folder.",
            ("ACTORHTTP_DIRECTORY", _files.Add("file", "x")));

    [Fact]
    public Task A_directory_in_the_configuration_that_is_a_file_is_named_by_its_key() => AssertCannotRunAsync(
        ["--config", _files.Add("own.conf", $"actor-http {{ port = 0, directory = \"{_files.Add("file", "x")}\" }}")],
        $"{_files["file"]} is a file; actor-http.directory wants a folder.");

    [SignalFact]
    public Task A_directory_that_is_a_link_to_nothing_is_1_and_one_line()
    {
        File.CreateSymbolicLink(_files["link"], _files["missing"]);
        return AssertCannotRunAsync(["--port", "0", "--directory", _files["link"]], "a link to a place that does not exist");
    }

    [Theory]
    [InlineData("--directory", "a folder")]
    [InlineData("--host", "an address")]
    [InlineData("--config", "a file")]
    public async Task An_empty_value_of_a_flag_is_2_and_one_line(string flag, string wanted)
    {
        using var server = await ServerProcess.RunAsync([flag, ""]);
        Assert.Equal(2, await server.ExitAsync());
        Assert.StartsWith($"{flag} '' cannot be used", Assert.Single(server.Errors));
        Assert.Contains(wanted, server.Errors[0]);
    }

    [Theory]
    [InlineData("akka.loglevel = NONSENSE", "akka.loglevel = NONSENSE")]
    [InlineData("akka.actor.provider = nonsense", "akka.actor.provider")]
    [InlineData("akka.loggers = [\"x\"]", "akka.loggers = x")]
    [InlineData("akka.actor.default-dispatcher.type = Nonsense", "akka.actor.default-dispatcher")]
    [InlineData("akka.actor.default-mailbox.mailbox-type = \"No, Such\"", "akka.actor.default-mailbox")]
    [InlineData("akka.actor.serializers.x = \"No.Such, Thing\"", "akka.actor.serializers.x")]
    [InlineData("akka.scheduler.tick-duration = soon", "akka.scheduler.tick-duration = soon")]
    [InlineData("akka.scheduler.implementation = \"no, such\"", "akka.scheduler.implementation = no, such")]
    [InlineData("akka.coordinated-shutdown.default-phase-timeout = x", "akka.coordinated-shutdown.default-phase-timeout = x")]
    public Task A_setting_that_Akka_refuses_is_1_and_one_line_with_its_key(string setting, string key) =>
        AssertCannotRunAsync(["--config", _files.Add("wrong.conf", $"actor-http.port = 0\n{setting}")], key);

    [Fact]
    public async Task The_trace_of_a_failed_start_is_there_at_debug()
    {
        using var server = await ServerProcess.RunAsync(
            ["--log-level", "debug", "--config", _files.Add("wrong.conf", "akka.loglevel = NONSENSE")]);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains(server.Errors, line => line.Contains("   at Akka.", StringComparison.Ordinal));
        Assert.Empty(server.Output);
    }

    [Theory]
    [InlineData("ACTORHTTP_PROT", "ACTORHTTP_PORT was probably meant")]
    [InlineData("ACTOR_HTTP_DIRECTORY", "ACTORHTTP_DIRECTORY was probably meant")]
    [InlineData("ACTORHTTP_SOMETHING", "there are ACTORHTTP_DIRECTORY, ")]
    public async Task A_variable_that_is_nearly_ours_is_warned_of(string variable, string meant)
    {
        using var server = ServerProcess.Start(["--port", "0"], (variable, "x"));
        await server.ReadyAsync();
        string[] Warnings() =>
            [.. server.Errors.Where(line => line.Contains($"{variable} is no variable of ActorHttp", StringComparison.Ordinal))];
        await Until.TrueAsync(() => Warnings().Length > 0, "there is a warning");
        Assert.Contains(meant, Assert.Single(Warnings()));
    }

    [Theory]
    [InlineData("actor_http")]
    [InlineData("actorhttp")]
    [InlineData("ActorHttp")]
    [InlineData("actor-htp")]
    public void A_section_that_is_nearly_ours_is_warned_of(string section) =>
        Assert.Contains(section, Assert.Single(ConfigurationFile.NearSections(ConfigurationFactory.ParseString($"{section}.port = 1"))));

    [Theory]
    [InlineData("actor-http.port = 1")]
    [InlineData("akka.loglevel = INFO")]
    [InlineData("my-actors { a = 1 }")]
    [InlineData("")]
    public void Another_section_is_nobodys_mistake(string text) =>
        Assert.Empty(ConfigurationFile.NearSections(ConfigurationFactory.ParseString(text)));

    [Theory]
    [InlineData("dotnet run --project src/ActorHttp --", 80)]
    [InlineData("ActorHttp.Console", 80)]
    [InlineData("ActorHttp.Console", 40)]
    public void Help_names_the_command_and_is_no_wider_than_it_may_be(string name, int columns)
    {
        var command = new RootCommand("What {command} is for.\n\n" + string.Join(' ', Enumerable.Repeat("word", 50)))
        {
            new Option<string>("--flag", "-f") { Description = string.Join(' ', Enumerable.Repeat("more", 50)), HelpName = "VALUE" },
        };
        var lines = HelpText.Lines(command, name, columns).ToList();
        Assert.Contains($"Usage: {name} [FLAGS]", lines);
        Assert.Contains($"What {name} is for.", lines);
        Assert.Contains("  -f, --flag VALUE", lines);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, columns));
    }

    [LinuxTheory]
    [InlineData(24)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(255)]
    public async Task Too_few_descriptors_are_1_and_one_line(int descriptors)
    {
        using var server = ServerProcess.StartUnder(["prlimit", $"--nofile={descriptors}:{descriptors}"], ["--port", "0"]);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Equal(
            $"ActorHttp cannot start: this process may have {descriptors} files open, and needs 256 at least (ulimit -n 256).",
            Assert.Single(server.Errors));
        Assert.Empty(server.Output);
    }

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
    [InlineData("timeouts.idle = 130", "such as 130s")]
    [InlineData("reading-dispatcher.threads = 0", "actor-http.reading-dispatcher.threads")]
    [InlineData("reading-dispatcher.type = Nonsense", "actor-http.reading-dispatcher")]
    [InlineData("dispatcher.executor = \"no, such\"", "actor-http.dispatcher")]
    [InlineData("handler-mailbox.mailbox-type = \"No.Such, Thing\"", "actor-http.handler-mailbox")]
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
        AssertCannotRunAsync([], "ACTORHTTP_PORT=http cannot be used: ", ("ACTORHTTP_PORT", "http"));

    [Fact]
    public Task A_switch_in_the_environment_that_makes_no_sense_is_one_line() =>
        AssertCannotRunAsync([], "ACTORHTTP_READ_ONLY=maybe cannot be used: ", ("ACTORHTTP_READ_ONLY", "maybe"));

    private static async Task AssertCannotRunAsync(string[] arguments, string named, params (string, string)[] environment)
    {
        using var server = await ServerProcess.RunAsync(arguments, environment);
        Assert.Equal(1, await server.ExitAsync());
        Assert.True(server.Errors.Count == 1, string.Join('\n', server.Errors));
        Assert.Contains(named, server.Errors[0]);
        Assert.Empty(server.Output);
    }
}
