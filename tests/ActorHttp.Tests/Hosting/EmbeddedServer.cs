using System.Collections.Concurrent;
using System.Net;
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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<string, EmbeddedServer> Servers = new();

    private readonly string _name = $"embedder-{Guid.NewGuid():N}";

    public EmbeddedServer(string settings, Action<ActorHttpBuilder> configure)
    {
        Servers[_name] = this;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka(_name, (akka, _) => akka
            .AddHocon(
                ConfigurationFactory.ParseString($$"""
                    akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = ["{{typeof(Log).AssemblyQualifiedName}}"] }
                    # On a busy machine any actor may hold up its thread, and a test counts the lines.
                    actor-http { port = 0, io.stall-threshold = 1h }
                    {{settings}}
                    """),
                HoconAddMode.Prepend)
            .WithActorHttp(configure));
        Host = builder.Build();
    }

    public IHost Host { get; }

    /// <summary>The warnings and errors so far.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    public ActorSystem System => Host.Services.GetRequiredService<ActorSystem>();

    public async Task<IPEndPoint> AddressAsync()
    {
        var server = Host.Services.GetRequiredService<ActorRegistry>().Get<ActorHttpServer>();
        return (await server.Ask<ServerBound>(GetServerState.Instance, Patience)).Addresses[0];
    }

    public void Dispose()
    {
        Host.Dispose();
        Servers.TryRemove(_name, out _);
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
                    server.Lines.Enqueue(line.Message.ToString()!);
            });
        }
    }
}
