using System.CommandLine;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// The command line of the console host. The value of a setting comes from the flag. Without a flag the value comes from the
/// environment variable, then from the file of <c>--config</c>, and then from hocon/reference.conf.
/// </summary>
internal static class CommandLine
{
    private const int CannotRun = 1;
    private const int UsageError = 2;

    /// <summary>
    /// Runs the host until a signal stops the host. Returns the exit code: 0 after a clean run, 1 when the host could not run, 2
    /// for a wrong command line.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var streams = StandardStreams.Open();
        try
        {
            return await RunAsync(args, streams).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Catches all exceptions, because the runtime would print a stack trace. An example is --help when stdout is a file
            // on a full disk.
            streams.Complain($"ActorHttp cannot run: {e.Message.ReplaceLineEndings(" ")}");
            return CannotRun;
        }
    }

    private static async Task<int> RunAsync(string[] args, StandardStreams streams)
    {
        var flags = new CommandLineFlags();
        var root = flags.Root;
        root.Options.OfType<System.CommandLine.Help.HelpOption>().Single().Action = new HelpText();
        root.SetAction((result, _) => StartAsync(
            flags.Settings(result), result.GetValue(flags.Configuration), result.GetValue(flags.LogLevel), streams));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Usage(streams, parsed.Errors[0].Message);
        var invocation = new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
            Output = streams.Output,
        };
        return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
    }

    private static async Task<int> StartAsync(
        IEnumerable<GivenSetting> flags, string? configuration, string? logLevel, StandardStreams streams)
    {
        var level = logLevel ?? EnvironmentSettings.Get(EnvironmentSettings.LogLevel) ?? "info";
        if (!ServerHost.LogLevels.ContainsKey(level))
            return Usage(streams, $"{EnvironmentSettings.LogLevel}={level} cannot be used: it must be {CommandLineFlags.LevelNames}.");
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
            foreach (var setting in EnvironmentSettings.Read().Concat(flags))
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
