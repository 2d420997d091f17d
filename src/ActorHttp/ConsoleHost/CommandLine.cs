using System.CommandLine;
using System.CommandLine.Parsing;
using ActorHttp.Semantics;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// The command line of the console host. A setting comes from the flag, else the environment, else the file of
/// <c>--config</c>, else hocon/reference.conf.
/// </summary>
internal static class CommandLine
{
    private const int UsageError = 2;

    // Flag and environment variable, and the key that both mean.
    private static readonly (string Variable, string Key)[] Variables =
    [
        ("ACTORHTTP_DIRECTORY", "actor-http.directory"),
        ("ACTORHTTP_PORT", "actor-http.port"),
        ("ACTORHTTP_HOST", "actor-http.host"),
        ("ACTORHTTP_READ_ONLY", "actor-http.files.read-only"),
    ];

    private static string LevelNames => string.Join(", ", ServerHost.LogLevels.Keys);

    /// <summary>Runs the host until it is told to stop. Answers the exit code: 0 clean, 1 could not run, 2 usage.</summary>
    public static async Task<int> RunAsync(string[] args)
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
        var root = new RootCommand(
            """
            An HTTP/1.1 server made of actors.

            Settings come from the flag, else from the environment (ACTORHTTP_DIRECTORY, ACTORHTTP_PORT,
            ACTORHTTP_HOST, ACTORHTTP_READ_ONLY, ACTORHTTP_CONFIG, ACTORHTTP_LOG_LEVEL), else from the file of --config.

            Try:  actorhttp --directory /tmp &  curl http://localhost:4221/echo/hello
            """)
        {
            directory, port, host, allowHost, readOnly, config, logLevel,
        };
        root.SetAction((result, _) => StartAsync(Flags(result, directory, port, host, allowHost, readOnly), result.GetValue(config), result.GetValue(logLevel)));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Usage(parsed.Errors[0].Message);
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
    }

    // What flags say of settings, in HOCON, by the keys of those.
    private static (string Key, string? Value)[] Flags(
        ParseResult flags, Option<string?> directory, Option<int?> port, Option<string?> host, Option<string[]> allowHost, Option<bool> readOnly) =>
    [
        ("actor-http.directory", Quoted(flags.GetValue(directory))),
        ("actor-http.port", flags.GetValue(port)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("actor-http.host", Quoted(flags.GetValue(host))),
        ("actor-http.hosts", flags.GetValue(allowHost) is { Length: > 0 } hosts ? $"[{string.Join(", ", hosts.Select(Quoted))}]" : null),
        ("actor-http.files.read-only", flags.GetResult(readOnly) is { Implicit: false } ? flags.GetValue(readOnly) ? "on" : "off" : null),
    ];

    private static async Task<int> StartAsync((string Key, string? Value)[] flags, string? configuration, string? logLevel)
    {
        var level = logLevel ?? Environment.GetEnvironmentVariable("ACTORHTTP_LOG_LEVEL") ?? "info";
        if (!ServerHost.LogLevels.ContainsKey(level))
            return Usage($"ACTORHTTP_LOG_LEVEL={level} cannot be used: it must be {LevelNames}.");
        Config settings;
        try
        {
            var file = configuration ?? Environment.GetEnvironmentVariable("ACTORHTTP_CONFIG");
            settings = string.IsNullOrEmpty(file) ? Config.Empty : ConfigurationFile.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The configuration cannot be read: {e.Message}");
            return 1;
        }
        catch (ConfigurationException e)
        {
            Console.Error.WriteLine($"The configuration is not valid HOCON: {e.Message.ReplaceLineEndings(" ")}");
            return 1;
        }

        foreach (var (variable, key) in Variables)
            settings = Set(settings, key, Quoted(Environment.GetEnvironmentVariable(variable)));
        foreach (var (key, value) in flags)
            settings = Set(settings, key, value);
        return await ServerHost.RunAsync(settings, level).ConfigureAwait(false);
    }

    private static Config Set(Config settings, string key, string? value) =>
        value is null ? settings : ConfigurationFactory.ParseString($"{key} = {value}").WithFallback(settings);

    // A text in HOCON; null for none.
    private static string? Quoted(string? text) => string.IsNullOrEmpty(text)
        ? null
        : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static int Usage(string error)
    {
        Console.Error.WriteLine($"{error} Try --help.");
        return UsageError;
    }
}
