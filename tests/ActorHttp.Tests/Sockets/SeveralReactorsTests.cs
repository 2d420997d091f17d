using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Sockets.Files;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Three reactors: each has a router and instances of the stateless handlers.</summary>
public sealed class SeveralReactorsTests : IAsyncLifetime
{
    private const int Reactors = 3;
    private const string Settings = """
        actor-http.io.reactors = 3
        actor-http.supervision { first-pause = 1h, longest-pause = 1h }
        actor-http.files.flush-to-disk = off
        """;

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(Settings, http => http
        .Route("/name/{what}", Props.Create(typeof(Named)).WithDispatcher(ActorHttpBuilder.SocketDispatcher))
        .Route("/shared/{what}", Props.Create(typeof(Named)))
        .PerReactor("name"));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [LinuxFact]
    public async Task Each_reactor_has_a_router_and_an_instance_of_each_stateless_handler()
    {
        Assert.Equal(
            ["router", "router-2", "router-3"],
            Names(_server.Parts.Where(part => part.Path.Name.StartsWith("router", StringComparison.Ordinal))));
        foreach (var handler in new[] { "root", "echo", "user-agent", "name" })
        {
            Assert.Equal(
                [handler, $"{handler}-2", $"{handler}-3"],
                Names(_server.Handlers.Where(each => each.Path.Name.StartsWith(handler, StringComparison.Ordinal))));
        }

        Assert.Equal(["shared"], Names(_server.Handlers.Where(each => each.Path.Name.StartsWith("shared", StringComparison.Ordinal))));
        for (var i = 0; i < Reactors; i++)
            Assert.Equal("x", (await _server.ExchangeAsync("GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
    }

    [LinuxFact]
    public async Task Each_connection_is_answered_by_the_instance_of_its_reactor()
    {
        using var clients = new Clients(await ConnectAsync());
        var names = new HashSet<string>[clients.All.Length];
        for (var i = 0; i < names.Length; i++)
            names[i] = [];
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < names.Length; i++)
                names[i].Add((await AskAsync(clients.All[i], "/name/x")).Text);
        }

        Assert.Equal(["name", "name-2", "name-3"], names.Select(Assert.Single).Order());
    }

    [LinuxFact]
    public async Task An_instance_that_fails_or_has_gone_concerns_its_reactor_alone()
    {
        using var clients = new Clients(await ConnectAsync());
        Assert.Equal(500, (await AskAsync(clients.All[0], "/name/throw")).Status);
        Assert.All(await AskAllAsync(clients, "/name/x"), answer => Assert.Equal(200, answer.Status));
        await clients.All[0].SendAsync("GET /name/stop HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(503, (await clients.All[0].ReadResponseAsync()).Status);
        Assert.Equal([503, 200, 200], (await AskAllAsync(clients, "/name/x")).Select(answer => answer.Status));
    }

    [LinuxFact]
    public async Task A_handler_of_all_reactors_that_is_out_of_service_is_503_on_all()
    {
        using var clients = new Clients(await ConnectAsync());
        Assert.All(await AskAllAsync(clients, "/shared/x"), answer => Assert.Equal("shared", answer.Text));
        await clients.All[0].SendAsync("GET /shared/stop HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(503, (await clients.All[0].ReadResponseAsync()).Status);
        await Until.TrueAsync(
            async () => (await AskAllAsync(clients, "/shared/x")).All(
                answer => answer.Status == 503 && answer.Text.Contains("out of service", StringComparison.Ordinal)),
            "each router knows that the handler is out of service");
        Assert.All(await AskAllAsync(clients, "/name/x"), answer => Assert.Equal(200, answer.Status));
    }

    [CachedOpenFact]
    public async Task All_reactors_write_files_through_one_actor()
    {
        using var clients = new Clients(await ConnectAsync());
        Assert.Equal(
            ["disk"],
            Names(
                _server.Handlers.Where(
                    each => each.Path.Name.StartsWith("files", StringComparison.Ordinal)).SelectMany(RunningServer.ChildrenOf)));
        for (var round = 0; round < 10; round++)
        {
            var answers = await Task.WhenAll(
                clients.All.Select(client => client.ExchangeAsync(FileClient.Request("PUT", $"new-{round}", 1, "If-None-Match: *") + "x")));
            Assert.Equal([201, 412, 412], answers.Select(answer => answer.Status).Order());
        }

        foreach (var client in clients.All)
            Assert.Equal("x", (await client.ExchangeAsync(FileClient.Request("GET", "new-0", null))).Text);
    }

    [CachedOpenFact]
    public async Task Files_are_out_of_service_on_all_reactors_when_the_disks_actor_has_gone()
    {
        _server.Files.Add("file", "x");
        using var clients = new Clients(await ConnectAsync());
        foreach (var client in clients.All)
            Assert.Equal(200, (await client.ExchangeAsync(FileClient.Request("GET", "file", null))).Status);
        _server.Handlers.Single(handler => handler.Path.Name == "files").Tell(PoisonPill.Instance);
        foreach (var client in clients.All)
        {
            await Until.TrueAsync(
                async () => (await client.ExchangeAsync(FileClient.Request("GET", "file", null))).Status == 503,
                "this router knows that files are out of service");
        }
    }

    [LinuxTheory]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.reactors = 1")]
    [InlineData("actor-http.io { reactors = 3, takes-sockets = off }")]
    public async Task Where_one_thread_or_none_waits_for_sockets_there_is_one_router(string settings)
    {
        await using var server = await RunningServer.StartAsync(settings);
        Assert.Equal("x", (await server.ExchangeAsync("GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        Assert.Equal(
            ["handlers", "router"], Names(server.Parts.Where(part => !part.Path.Name.StartsWith("listener", StringComparison.Ordinal))));
        Assert.Equal(["echo", "files", "root", "user-agent"], Names(server.Handlers));
    }

    private static string[] Names(IEnumerable<IActorRef> actors) =>
        [.. actors.Select(actor => actor.Path.Name).Order(StringComparer.Ordinal)];

    private static Task<RawResponse> AskAsync(RawClient client, string path) =>
        client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");

    private static Task<RawResponse[]> AskAllAsync(Clients clients, string path) =>
        Task.WhenAll(clients.All.Select(client => AskAsync(client, path)));

    // One connection for each reactor, because they take turns. The answer shows that the connection has its reactor.
    private async Task<RawClient[]> ConnectAsync()
    {
        var clients = new RawClient[Reactors];
        for (var i = 0; i < Reactors; i++)
        {
            clients[i] = await _server.ConnectAsync();
            Assert.Equal(200, (await AskAsync(clients[i], "/name/x")).Status);
        }

        return clients;
    }

    private sealed class Clients(RawClient[] all) : IDisposable
    {
        public RawClient[] All => all;

        public void Dispose() => Array.ForEach(all, client => client.Dispose());
    }

    /// <summary>Answers with its name.</summary>
    private sealed class Named : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
            if (request.RouteParameter == "throw")
                throw new InvalidOperationException("This request makes the handler throw.");
            if (request.RouteParameter == "stop")
            {
                // The request becomes a dead letter, which is answered when the handler has gone.
                Self.Forward(request);
                Context.Stop(Self);
                return;
            }

            Reply(HttpResponse.Text(request.Exchange, 200, Self.Path.Name));
        }
    }
}
