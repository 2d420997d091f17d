using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using ActorHttp.Connections;
using ActorHttp.Hosting;
using ActorHttp.Settings;
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

    /// <summary>Runs the server until SIGTERM or Ctrl-C. Answers the exit code.</summary>
    public static async Task<int> RunAsync(Config settings, string logLevel)
    {
        TimeSpan drain;
        try
        {
            var read = ActorHttpSettings.From(settings);
            drain = read.Timeouts.Drain;
            if (read.Hosts.Length == 0 && ListenAddresses.AreLoopback(read.Host))
                settings = ConfigurationFactory.ParseString(OnlyLocalHosts).WithFallback(settings);
        }
        catch (ConfigurationException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }

        // Opened now: it takes a descriptor, and there may be none when there is something to say.
        _ = Console.Error;
        await using var logger = CreateLogger(LogLevels[logLevel].Serilog);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddSerilog(logger);
        builder.Services.AddSingleton<IHostLifetime, Microsoft.Extensions.Hosting.Internal.ConsoleLifetime>();
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = drain + TimeSpan.FromSeconds(15));
        builder.Services.AddAkka("actor-http", (akka, _) => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = LogLevels[logLevel].Akka;
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .AddHocon(settings, HoconAddMode.Prepend)
            .AddHocon($"akka.stdout-logger-class = \"{typeof(SilentLogger).AssemblyQualifiedName}\"", HoconAddMode.Prepend)
            .AddHocon(HostDefaults(drain), HoconAddMode.Append)
            .WithActorHttp(http => http.ConsoleEndpoints(), (_, outcome) => Announce(outcome)));
        using var host = builder.Build();
        var signals = 0;
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => EndAtOnceIfAgain(ref signals));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => EndAtOnceIfAgain(ref signals));
        await host.RunAsync().ConfigureAwait(false);
        return Environment.ExitCode;
    }

    // The host hears the first signal, and drains. Who sends a second does not want to wait for that.
    private static void EndAtOnceIfAgain(ref int signals)
    {
        if (Interlocked.Increment(ref signals) == 1)
            return;
        Console.Error.WriteLine("A second signal: ending at once; connections that are still open are reset.");
        OpenSockets.ResetAtTheEnd();
        Environment.Exit(1);
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
          coordinated-shutdown {
            default-phase-timeout = 5s

            # The generic host hears the signals, and shuts the system down itself.
            run-by-clr-shutdown-hook = off
            phases.service-requests-done.timeout = {{(int)drain.TotalSeconds + 5}}s
          }
        }
        actor-http.memory.collect-after = 10s
        """));

    private static void Announce(object outcome)
    {
        if (outcome is ServerFailed failed)
            Console.Error.WriteLine(failed.Reason);
        if (outcome is not ServerBound { Addresses: [var address, ..] } bound)
            return;
        var isLocalhost = bound.Addresses.All(each => IPAddress.IsLoopback(each.Address));
        Console.WriteLine($"ActorHttp is listening on http://{(isLocalhost ? $"localhost:{address.Port}" : address.ToString())}");
    }
}
