using System.CommandLine;
using ActorHttp.Semantics;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// The command line of the console host. A setting comes from the flag, else the environment, else the file of
/// <c>--config</c>, else hocon/reference.conf.
/// </summary>
internal static class CommandLine
{
    private const int CannotRun = 1;
    private const int UsageError = 2;

    private static string LevelNames => string.Join(", ", ServerHost.LogLevels.Keys);

    /// <summary>Runs the host until it is told to stop. Answers the exit code: 0 clean, 1 could not run, 2 usage.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var streams = StandardStreams.Open();
        try
        {
            return await RunAsync(args, streams).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // --help into a full disk, for one. Nobody but us would say it in one line.
            streams.Complain($"ActorHttp cannot run: {e.Message.ReplaceLineEndings(" ")}");
            return CannotRun;
        }
    }

    private static async Task<int> RunAsync(string[] args, StandardStreams streams)
    {
        var directory = new Option<string?>("--directory", "-d") { Description = "Folder behind /files. Without it /files answers 404.", HelpName = "DIR" };
        var port = new Option<int?>("--port", "-p") { Description = "TCP port. 0 picks a free one and prints it. [default: 4221]", HelpName = "PORT" };
        var host = new Option<string?>("--host") { Description = "Address or name to listen on; '*' is every address. [default: localhost]", HelpName = "HOST" };
        var config = new Option<string?>("--config") { Description = "HOCON file with settings; hocon/reference.conf explains them all.", HelpName = "FILE" };
        var readOnly = new Option<bool>("--read-only") { Description = "Serve files only: nothing is stored or deleted." };
        var logLevel = new Option<string?>("--log-level") { Description = "What to log on stderr. debug has a line for each request. [default: info]", HelpName = "debug|info|warning|error" };
        logLevel.CompletionSources.Add([.. ServerHost.LogLevels.Keys]);
        logLevel.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !ServerHost.LogLevels.ContainsKey(token.Value))
                result.AddError($"--log-level {token.Value} cannot be used: it must be {LevelNames}.");
        });
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value is >= 0 and <= 65535))
                result.AddError($"--port {token.Value} cannot be used: it must be a whole number from 0 to 65535.");
        });
        var allowHost = new Option<string[]>("--allow-host")
        {
            Description = "Host name that requests may use on a loopback address too; may be repeated, '*' for all.",
            HelpName = "NAME",
        };
        allowHost.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !ServedHosts.IsPattern(token.Value)) is { } wrong)
                result.AddError($"--allow-host {wrong.Value} cannot be used: it must be a host name without a port, such as example.org or *.example.org, or *.");
        });
        RefuseEmpty(directory, "the path of a folder");
        RefuseEmpty(host, "an address, a name or '*'");
        RefuseEmpty(config, "the path of a file");
        var root = new RootCommand(
            $$"""
            An HTTP/1.1 server made of actors.

            Settings come from the flag, else from the environment ({{string.Join(", ", EnvironmentSettings.Names)}}),
            else from the file of --config.

            Try: {command} --directory /tmp & curl http://localhost:4221/echo/hello
            """)
        {
            directory, port, host, allowHost, readOnly, config, logLevel,
        };
        root.Options.OfType<System.CommandLine.Help.HelpOption>().Single().Action = new HelpText();
        root.SetAction((result, _) => StartAsync(
            Flags(result, directory, port, host, allowHost, readOnly), result.GetValue(config), result.GetValue(logLevel), streams));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Usage(streams, parsed.Errors[0].Message);
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false, Output = streams.Output };
        return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
    }

    // A variable of the shell that is not set gives an empty value, and nothing would be served without a word.
    private static void RefuseEmpty(Option<string?> option, string expected) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && string.IsNullOrWhiteSpace(token.Value))
            result.AddError($"{option.Name} '{token.Value}' cannot be used: it must be {expected}.");
    });

    // What flags say of settings.
    private static GivenSetting?[] Flags(
        ParseResult flags, Option<string?> directory, Option<int?> port, Option<string?> host, Option<string[]> allowHost, Option<bool> readOnly) =>
    [
        Flag("actor-http.directory", directory, flags.GetValue(directory)),
        Flag("actor-http.port", port, flags.GetValue(port)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Flag("actor-http.host", host, flags.GetValue(host)),
        flags.GetValue(allowHost) is { Length: > 0 } hosts ? GivenSetting.Flag("actor-http.hosts", allowHost.Name, hosts) : null,
        Flag("actor-http.files.read-only", readOnly, flags.GetResult(readOnly) is { Implicit: false } ? flags.GetValue(readOnly) ? "on" : "off" : null),
    ];

    private static GivenSetting? Flag(string key, Option option, string? value) =>
        value is null ? null : GivenSetting.Flag(key, option.Name, value);

    private static async Task<int> StartAsync(GivenSetting?[] flags, string? configuration, string? logLevel, StandardStreams streams)
    {
        var level = logLevel ?? EnvironmentSettings.Get(EnvironmentSettings.LogLevel) ?? "info";
        if (!ServerHost.LogLevels.ContainsKey(level))
            return Usage(streams, $"{EnvironmentSettings.LogLevel}={level} cannot be used: it must be {LevelNames}.");
        SettingSources sources;
        var warnings = EnvironmentSettings.Unknown().ToList();
        try
        {
            var file = configuration ?? EnvironmentSettings.Get(EnvironmentSettings.Configuration);
            var settings = file is null ? Config.Empty : ConfigurationFile.Read(file);
            warnings.AddRange(ConfigurationFile.NearSections(settings));
            sources = new SettingSources(settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            streams.Complain($"The configuration cannot be read: {e.Message}");
            return CannotRun;
        }
        catch (ConfigurationException e)
        {
            streams.Complain($"The configuration is not valid HOCON: {e.Message.ReplaceLineEndings(" ")}");
            return CannotRun;
        }

        try
        {
            foreach (var setting in EnvironmentSettings.Read().Concat(flags.OfType<GivenSetting>()))
                sources.Add(setting);
        }
        catch (ConfigurationException e)
        {
            streams.Complain(e.Message);
            return CannotRun;
        }

        return await ServerHost.RunAsync(sources, level, warnings, streams).ConfigureAwait(false);
    }

    private static int Usage(StandardStreams streams, string error)
    {
        streams.Complain($"{error} Try --help.");
        return UsageError;
    }
}
