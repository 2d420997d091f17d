using System.Net;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Hosting;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Sockets;

/// <summary>A server of its own on a free port, with a directory of its own, started as an embedder would.</summary>
/// <remarks>A test whose server does not give back what it took fails (<see cref="GivenBack"/>).</remarks>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly GivenBack _held;

    private RunningServer(IHost host, IReadOnlyList<ActorHttpEndpoint> endpoints, TemporaryDirectory files)
    {
        Host = host;
        Address = (IPEndPoint)endpoints[0].Addresses[0];
        Endpoint = endpoints[^1].Addresses[0];
        Files = files;
        _held = new GivenBack(this);
    }

    public IHost Host { get; }

    /// <summary>The first TCP address.</summary>
    public IPEndPoint Address { get; }

    /// <summary>The address to which the clients of the tests connect: the TCP address, or the unix socket.</summary>
    public EndPoint Endpoint { get; }

    public TemporaryDirectory Files { get; }

    public ActorSystem System => Host.Services.GetRequiredService<ActorSystem>();

    /// <summary>The connection actors that there are.</summary>
    public IReadOnlyList<IActorRef> Connections =>
        [.. Parts.Where(part => part.Path.Name.StartsWith("listener-", StringComparison.Ordinal))
            .SelectMany(ChildrenOf)
            .Where(child => child.Path.Name is not ("refusals" or "acceptor"))];

    /// <summary>The first router, which is the only one when there is one reactor.</summary>
    public IActorRef Router => Parts.Single(part => part.Path.Name == "router");

    /// <summary>The handlers that have not been given up.</summary>
    public IReadOnlyList<IActorRef> Handlers => ChildrenOf(Parts.Single(part => part.Path.Name == "handlers"));

    /// <summary>The actor that waits for the disk; the handler itself where the system cannot say what is in its memory.</summary>
    public IActorRef Disk => ChildrenOf(FilesHandler).SingleOrDefault(child => child.Path.Name == "disk") ?? FilesHandler;

    /// <summary>What is going on with files: downloads and the like, and the actors that write, with the uploads below them.</summary>
    public IReadOnlyList<IActorRef> Transfers =>
        [.. Handlers.Where(
            handler => handler.Path.Name.StartsWith(
                "files", StringComparison.Ordinal)).SelectMany(ChildrenOf).Where(child => !child.Equals(Disk))
            .Union(ChildrenOf(Disk).Where(child => child.Path.Name != "sweep"))
            .SelectMany(child => ChildrenOf(child).Append(child))];

    /// <summary>The router, the parent of the handlers, and the listeners.</summary>
    public IReadOnlyList<IActorRef> Parts => ChildrenOf(Host.Services.GetRequiredService<ActorRegistry>().Get<ActorHttpServer>());

    private IActorRef FilesHandler => Handlers.Single(handler => handler.Path.Name == "files");

    /// <summary>The children of an actor at this moment.</summary>
    public static IReadOnlyList<IActorRef> ChildrenOf(IActorRef actor) => [.. ((ActorRefWithCell)actor).Children];

    /// <param name="settings">What is different from the defaults, in HOCON.</param>
    /// <param name="configure">Adds routes.</param>
    /// <param name="servesFiles">Whether there is a folder behind /files.</param>
    /// <param name="hasUnixSocket">Whether the server also listens on a unix socket, to which the clients then connect.</param>
    public static async Task<RunningServer> StartAsync(
        string settings = "", Action<ActorHttpBuilder>? configure = null, bool servesFiles = true, bool hasUnixSocket = false)
    {
        // In a folder of its own, so that there is a place outside that is this server's alone.
        var files = new TemporaryDirectory("root");
        var config = ConfigurationFactory.ParseString(
            $$"""
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            actor-http { directory = "{{(servesFiles ? files.Path : "")}}" }
            {{(hasUnixSocket
                ? $"actor-http.endpoints {{ tcp.port = 0, local.unix-socket = \"{files["../server.sock"]}\" }}"
                : "actor-http.port = 0")}}
            {{PoisonClock.Settings}}
            {{settings}}
            """);
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka("sockets", (akka, _) => akka
            .AddHocon(config, HoconAddMode.Prepend)
            .WithActorHttp(http =>
            {
                http.ConsoleEndpoints();
                configure?.Invoke(http);
            }));
        var host = builder.Build();
        await host.StartAsync();
        return new RunningServer(host, ActorHttpServers.Of(host.Services.GetRequiredService<ActorSystem>()).Endpoints(), files);
    }

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Endpoint);

    /// <summary>Connects, and finds the actor that serves the connection; nobody else may connect meanwhile.</summary>
    public async Task<(RawClient Client, IActorRef Connection)> ConnectVisiblyAsync()
    {
        var others = Connections;
        var client = await ConnectAsync();
        await Until.TrueAsync(() => Connections.Except(others).Any(), "the client has its connection actor");
        return (client, Connections.Except(others).Single());
    }

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawResponse> ExchangeAsync(string request, string method = "GET")
    {
        using var client = await ConnectAsync();
        return await client.ExchangeAsync(request, method);
    }

    /// <summary>Closes the clients that are left, and waits until the server holds nothing for a client.</summary>
    public Task ExpectGivenBackAsync()
    {
        RawClient.DisposeAllOf(Address);
        RawClient.DisposeAllOf(Endpoint);
        return _held.WithoutClientsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!System.WhenTerminated.IsCompleted)
                await ExpectGivenBackAsync();
        }
        finally
        {
            await Host.StopAsync();
            Host.Dispose();
        }

        await _held.StoppedAsync();
        Files.Dispose();
    }
}
