using System.Globalization;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Hosting;
using ActorHttp.Server;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Runs the server in a .NET generic host: with Serilog on stderr, the actor system, and one line on stdout when the server is
/// ready.
/// </summary>
internal static class ServerHost
{
    /// <summary>The values of --log-level, with the corresponding levels of Serilog and Akka.</summary>
    public static readonly IReadOnlyDictionary<string, (LogEventLevel Serilog, Akka.Event.LogLevel Akka)> LogLevels =
        new Dictionary<string, (LogEventLevel, Akka.Event.LogLevel)>
        {
            ["debug"] = (LogEventLevel.Debug, Akka.Event.LogLevel.DebugLevel),
            ["info"] = (LogEventLevel.Information, Akka.Event.LogLevel.InfoLevel),
            ["warning"] = (LogEventLevel.Warning, Akka.Event.LogLevel.WarningLevel),
            ["error"] = (LogEventLevel.Error, Akka.Event.LogLevel.ErrorLevel),
        };

    // Protects against DNS rebinding. The server always accepts localhost and IP addresses in the Host field. With this list, the
    // server refuses all other host names.
    private const string OnlyLocalHosts = "actor-http.hosts = [localhost]";

    // The default settings of a process that runs only this server. An application that embeds the server sets its own values.
    private const string HostDefaults = """
        akka {
          # Time-outs of seconds need no finer clock, and an idle server uses half the CPU.
          scheduler.tick-duration = 100ms

          # Akka's actors that accept sockets run on this dispatcher. This executor runs them on the reactors, so that a new client
          # reaches its reactor without a change of threads. All other actors run on the thread pool.
          actor.default-dispatcher.executor = "ActorHttp.Sockets.AcceptingExecutorConfigurator, ActorHttp"

          coordinated-shutdown {
            default-phase-timeout = 5s

            # The generic host hears the signals, and shuts the system down itself.
            run-by-clr-shutdown-hook = off
          }
        }
        actor-http.memory.collect-after = 10s
        """;

    /// <summary>Runs the server until a signal stops the server. Returns the exit code.</summary>
    public static async Task<int> RunAsync(SettingSources sources, string logLevel, IReadOnlyList<string> warnings, StandardStreams streams)
    {
        await using var logger = CreateLogger(LogLevels[logLevel].Serilog);
        foreach (var warning in warnings)
            logger.Warning("{Warning}", warning);
        ActorHttpSettings settings;
        FileSettings files;
        try
        {
            ActorHttpSettings.Check(sources.Config, ActorHttpSettings.Reference.WithFallback(FileSettings.Defaults));
            settings = ActorHttpSettings.From(sources.Config);
            files = FileSettings.From(sources.Config);
        }
        catch (ConfigurationException e)
        {
            return CannotRun(streams, sources.Explain(e));
        }

        var fault = settings.Directory.Length > 0 ? ServedFolder.Fault(settings.Directory, sources.NameOf("actor-http.directory")) : null;
        if ((fault ?? sources.IgnoredSetting(settings) ?? StartFault.MissingSerializer(sources.Config)) is { } reason)
            return CannotRun(streams, reason);
        var run = new Run();
        try
        {
            var servesLocalHostsOnly = settings.Hosts.Length == 0 && ListenAddresses.AreForBrowsersHere(settings.ListenOn());
            var config = servesLocalHostsOnly
                ? ConfigurationFactory.ParseString(OnlyLocalHosts).WithFallback(sources.Config)
                : sources.Config;
            using var host = Build(settings, config, logLevel, logger, streams, (system, outcome) =>
            {
                run.Shutdown = CoordinatedShutdown.Get(system);
                Announce(outcome, settings, files, streams);
            });
            await host.RunAsync().ConfigureAwait(false);
            return run.ExitCode;
        }
        catch (OperationCanceledException) when (run.ExitCode == 0)
        {
            // A signal has stopped the host while the host was starting.
            return 0;
        }
        catch (Exception e)
        {
            logger.Debug(e, "The host has failed");
            return CannotRun(streams, StartFault.Describe(e, sources.Config));
        }
    }

    private static int CannotRun(StandardStreams streams, string reason)
    {
        streams.Complain(reason);
        return 1;
    }

    private static IHost Build(
        ActorHttpSettings settings,
        Config config,
        string logLevel,
        Serilog.Core.Logger logger,
        StandardStreams streams,
        Action<ActorSystem, object> started)
    {
        var drain = settings.Timeouts.Drain;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddSerilog(logger);
        builder.Services.AddSingleton<IHostLifetime>(services =>
            new Signals(services.GetRequiredService<IHostApplicationLifetime>(), streams, logger));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = drain + TimeSpan.FromSeconds(15));
        builder.Services.AddAkka("actor-http", (akka, _) => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = LogLevels[logLevel].Akka;
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .AddHocon(config, HoconAddMode.Prepend)
            .AddHocon($"akka.stdout-logger-class = \"{typeof(SilentLogger).AssemblyQualifiedName}\"", HoconAddMode.Prepend)
            .AddHocon(HostDefaults, HoconAddMode.Append)
            .WithActorHttp(
                http => http.ConsoleEndpoints(),
                started,
                (open, limit) => SayThatItDrains(open, limit, logger, streams)));
        return builder.Build();
    }

    private static Serilog.Core.Logger CreateLogger(LogEventLevel level) => new LoggerConfiguration()
        .MinimumLevel.Is(level)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .Filter.With(new LogFilter(TimeProvider.System))
        .WriteTo.Console(
            outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            standardErrorFromLevel: LogEventLevel.Verbose)
        .CreateLogger();

    private static void Announce(object outcome, ActorHttpSettings settings, FileSettings files, StandardStreams streams)
    {
        if (outcome is ServerFailed failed)
            streams.Complain(failed.Reason);
        if (outcome is not ServerBound bound)
            return;
        var places = string.Join(" and ", bound.Endpoints.Select(endpoint => OneLine(ListenAddresses.Url(endpoint))));
        streams.Say($"ActorHttp is listening on {places}, serving {Folder(settings.Directory, files)}");
    }

    private static string Folder(string directory, FileSettings files)
    {
        if (directory.Length == 0)
            return "no folder";
        var folder = Path.GetFullPath(directory);
        var access = files.IsReadOnly ? "read-only"
            : ServedFolder.WhyReadOnly(folder) is { } reason ? $"read-only: {reason}"
            : "writable";
        return $"{OneLine(folder)} ({access})";
    }

    // Replaces control characters. A path can contain a line feed, and a program that reads one line from stdout would get only a
    // part of the path.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    // Reports the start of the drain. Without an open request the drain takes no time, so only the log reports the drain. With
    // open requests, the user sees a line on stderr.
    private static void SayThatItDrains(int open, TimeSpan limit, Serilog.Core.Logger logger, StandardStreams streams)
    {
        if (open == 0)
        {
            logger.Information("Draining: no request is open");
            return;
        }

        var requests = open == 1 ? "1 request" : $"{open} requests";
        var seconds = limit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        streams.Complain($"Draining: {requests} open, up to {seconds} s; press again to end at once");
    }

    /// <summary>The state of one run of the host, from which the exit code follows.</summary>
    private sealed class Run
    {
        /// <summary>The shutdown of the actor system. Null until the server has started or has failed to start.</summary>
        public CoordinatedShutdown? Shutdown { get; set; }

        /// <summary>
        /// The exit code of the process: 1 when the server has stopped the actor system because the server cannot listen.
        /// </summary>
        public int ExitCode => Shutdown?.ShutdownReason is CannotListen reason ? reason.ExitCode : Environment.ExitCode;
    }
}
