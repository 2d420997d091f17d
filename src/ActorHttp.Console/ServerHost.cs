using System.Globalization;
using System.Net;
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

/// <summary>The generic host of the console program: Serilog on stderr, the actor system, and the one line on stdout when ready.</summary>
internal static class ServerHost
{
    /// <summary>The names of --log-level, and what they mean to Serilog and to Akka.</summary>
    public static readonly IReadOnlyDictionary<string, (LogEventLevel Serilog, Akka.Event.LogLevel Akka)> LogLevels =
        new Dictionary<string, (LogEventLevel, Akka.Event.LogLevel)>
        {
            ["debug"] = (LogEventLevel.Debug, Akka.Event.LogLevel.DebugLevel),
            ["info"] = (LogEventLevel.Information, Akka.Event.LogLevel.InfoLevel),
            ["warning"] = (LogEventLevel.Warning, Akka.Event.LogLevel.WarningLevel),
            ["error"] = (LogEventLevel.Error, Akka.Event.LogLevel.ErrorLevel),
        };

    // Against DNS rebinding: localhost and IP addresses are always served, so no other name is.
    private const string OnlyLocalHosts = "actor-http.hosts = [localhost]";

    /// <summary>Runs the server until a signal ends it. Answers the exit code.</summary>
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
        if ((fault ?? StartFault.MissingSerializer(sources.Config)) is { } reason)
            return CannotRun(streams, reason);
        var run = new Run();
        try
        {
            var isLocal = settings.Hosts.Length == 0 && ListenAddresses.AreLoopback(settings.Host);
            var config = isLocal ? ConfigurationFactory.ParseString(OnlyLocalHosts).WithFallback(sources.Config) : sources.Config;
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
            // A signal has ended the host while it started.
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

    private static IHost Build(ActorHttpSettings settings, Config config, string logLevel, Serilog.Core.Logger logger, StandardStreams streams, Action<ActorSystem, object> started)
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
            .AddHocon(HostDefaults(drain), HoconAddMode.Append)
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

    // What suits a program that is nothing but this server; an embedder decides for itself.
    private static Config HostDefaults(TimeSpan drain) => ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
        akka {
          # Timeouts of seconds do not mind, and an idle server uses half the CPU.
          scheduler.tick-duration = 100ms

          # Akka's actors that accept sockets run on this dispatcher. This executor runs them on the reactors, so that a new client
          # reaches its reactor without a change of threads. All other actors run on the thread pool.
          actor.default-dispatcher.executor = "ActorHttp.Sockets.AcceptingExecutorConfigurator, ActorHttp"
          coordinated-shutdown {
            default-phase-timeout = 5s

            # The generic host hears the signals, and shuts the system down itself.
            run-by-clr-shutdown-hook = off
            phases.service-requests-done.timeout = {{(int)drain.TotalSeconds + 5}}s
          }
        }
        actor-http.memory.collect-after = 10s
        """));

    private static void Announce(object outcome, ActorHttpSettings settings, FileSettings files, StandardStreams streams)
    {
        if (outcome is ServerFailed failed)
            streams.Complain(failed.Reason);
        if (outcome is not ServerBound { Addresses: [var address, ..] } bound)
            return;
        var isLocalhost = ListenAddresses.AreLoopback(bound.Addresses.Select(each => each.Address));
        streams.Say($"ActorHttp is listening on http://{(isLocalhost ? $"localhost:{address.Port}" : address.ToString())}, serving {Folder(settings.Directory, files)}");
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

    // The name of a folder may have a line feed in it, and a program that reads the line would see half of it.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    // Nobody has to wait where nothing is open, so that is for the log.
    private static void SayThatItDrains(int open, TimeSpan limit, Serilog.Core.Logger logger, StandardStreams streams)
    {
        if (open == 0)
            logger.Information("Draining: no request is open");
        else
            streams.Complain(string.Create(CultureInfo.InvariantCulture, $"Draining: {open} request{(open == 1 ? "" : "s")} open, up to {limit.TotalSeconds:0.###} s; press again to end at once"));
    }

    /// <summary>One run of the host, and how it ended.</summary>
    private sealed class Run
    {
        /// <summary>The shutdown of the actor system; null until the server has started, or has failed to.</summary>
        public CoordinatedShutdown? Shutdown { get; set; }

        /// <summary>1 when the server has shut the actor system down because it cannot listen.</summary>
        public int ExitCode => Shutdown?.ShutdownReason is CannotListen reason ? reason.ExitCode : Environment.ExitCode;
    }
}
