using System.Collections.Concurrent;
using System.Net;
using System.Runtime.ExceptionServices;
using ActorHttp.Hosting;
using ActorHttp.Server;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Hosting;

/// <summary>A host of an embedder, with the lines that its log has.</summary>
internal sealed class EmbeddedServer : IDisposable
{
    private static readonly ConcurrentDictionary<string, EmbeddedServer> Servers = new();

    private readonly string _name = $"embedder-{Guid.NewGuid():N}";
    private Action? _whenReported;
    private Exception? _wrong;

    /// <param name="settings">What is different from the defaults, in HOCON.</param>
    /// <param name="configure">Adds the routes of the server without a name.</param>
    /// <param name="others">Adds what else is in the actor system, after that server.</param>
    public EmbeddedServer(string settings, Action<ActorHttpBuilder> configure, Action<AkkaConfigurationBuilder>? others = null)
    {
        Servers[_name] = this;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka(_name, (akka, _) => Add(akka, settings, configure, others));
        Host = builder.Build();
    }

    public IHost Host { get; }

    /// <summary>The warnings and errors so far.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    public ActorSystem System => Host.Services.GetRequiredService<ActorSystem>();

    /// <summary>The first address of a server that has started.</summary>
    /// <param name="name">The server's name; empty for the server without one.</param>
    public EndPoint Address(string name = "") => ActorHttpServers.Of(System).Endpoints(name)[0].Addresses[0];

    /// <summary>Starts the host, which cannot start a server, and waits until it has ended for that reason.</summary>
    /// <param name="whenReported">Runs when the first line is in the log, before the host has ended.</param>
    public async Task StartAndFailAsync(Action? whenReported = null)
    {
        _whenReported = whenReported;
        try
        {
            await Host.StartAsync();
            await Host.WaitForShutdownAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (OperationCanceledException)
        {
            // The host was ended while it started.
        }

        Assert.IsType<CannotListen>(CoordinatedShutdown.Get(System).ShutdownReason);

        // The host may have ended before the actor that writes the log has come to the line.
        await Until.TrueAsync(() => !Lines.IsEmpty, "there is a line in the log");
        if (_wrong is { } wrong)
            ExceptionDispatchInfo.Throw(wrong);
    }

    public void Dispose()
    {
        Host.Dispose();
        Servers.TryRemove(_name, out _);
    }

    private void Report(string line)
    {
        _wrong ??= Record.Exception(() => Interlocked.Exchange(ref _whenReported, null)?.Invoke());
        Lines.Enqueue(line);
    }

    private static void Add(
        AkkaConfigurationBuilder akka, string settings, Action<ActorHttpBuilder> configure, Action<AkkaConfigurationBuilder>? others)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = ["{{typeof(Log).AssemblyQualifiedName}}"] }
            # On a busy machine any actor may hold up its thread, and a test counts the lines.
            actor-http.io.stall-threshold = 1h
            {{(settings.Contains("endpoints", StringComparison.Ordinal) ? "" : "actor-http.port = 0")}}
            {{settings}}
            """);
        akka.AddHocon(config, HoconAddMode.Prepend).WithActorHttp(configure);
        others?.Invoke(akka);
    }

    // Akka creates its loggers itself. The one of a system finds its server by the system's name.
    private sealed class Log : ReceiveActor
    {
        public Log()
        {
            Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
            Receive<LogEvent>(line =>
            {
                if (line is Warning or Error && Servers.TryGetValue(Context.System.Name, out var server))
                    server.Report(line.Message.ToString()!);
            });
        }
    }
}
