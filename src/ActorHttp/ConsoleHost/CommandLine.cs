using System.CommandLine;
using System.CommandLine.Parsing;
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
    ];

    private static string LevelNames => string.Join(", ", ServerHost.LogLevels.Keys);

    /// <summary>Runs the host until it is told to stop. Answers the exit code: 0 clean, 1 could not run, 2 usage.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var directory = new Option<string?>("--directory", "-d") { Description = "Folder behind /files. Without it /files answers 404.", HelpName = "DIR" };
        var port = new Option<int?>("--port", "-p") { Description = "TCP port. 0 picks a free one and prints it. [default: 4221]", HelpName = "PORT" };
        var host = new Option<string?>("--host") { Description = "Address or name to listen on; '*' is every address. [default: localhost]", HelpName = "HOST" };
        var config = new Option<string?>("--config") { Description = "HOCON file with settings; hocon/reference.conf explains them all.", HelpName = "FILE" };
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
        var root = new RootCommand(
            """
            An HTTP/1.1 server made of actors.

            Settings come from the flag, else from the environment (ACTORHTTP_DIRECTORY, ACTORHTTP_PORT,
            ACTORHTTP_HOST, ACTORHTTP_CONFIG, ACTORHTTP_LOG_LEVEL), else from the file of --config.

            Try:  actorhttp --directory /tmp &  curl http://localhost:4221/echo/hello
            """)
        {
            directory, port, host, config, logLevel,
        };
        root.SetAction((result, _) => StartAsync(result, directory, port, host, config, logLevel));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Usage(parsed.Errors[0].Message);
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
    }

    private static async Task<int> StartAsync(
        ParseResult flags, Option<string?> directory, Option<int?> port, Option<string?> host, Option<string?> config, Option<string?> logLevel)
    {
        var level = flags.GetValue(logLevel) ?? Environment.GetEnvironmentVariable("ACTORHTTP_LOG_LEVEL") ?? "info";
        if (!ServerHost.LogLevels.ContainsKey(level))
            return Usage($"ACTORHTTP_LOG_LEVEL={level} cannot be used: it must be {LevelNames}.");
        Config settings;
        try
        {
            var file = flags.GetValue(config) ?? Environment.GetEnvironmentVariable("ACTORHTTP_CONFIG");
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
            settings = Set(settings, key, Environment.GetEnvironmentVariable(variable));
        settings = Set(settings, "actor-http.directory", flags.GetValue(directory));
        settings = Set(settings, "actor-http.port", flags.GetValue(port)?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        settings = Set(settings, "actor-http.host", flags.GetValue(host));
        return await ServerHost.RunAsync(settings, level).ConfigureAwait(false);
    }

    private static Config Set(Config settings, string key, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return settings;
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return ConfigurationFactory.ParseString($"{key} = \"{quoted}\"").WithFallback(settings);
    }

    private static int Usage(string error)
    {
        Console.Error.WriteLine($"{error} Try --help.");
        return UsageError;
    }
}
