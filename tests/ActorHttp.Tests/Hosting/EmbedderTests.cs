using System.Net;
using System.Net.Sockets;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Files;
using ActorHttp.Handlers;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Tests.Sockets;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorHttp.Tests.Hosting;

/// <summary>What WithActorHttp promises to a program that has this server in it.</summary>
public sealed class EmbedderTests
{
    [Fact]
    public async Task A_drain_that_is_cut_says_so_and_resets_and_counts_what_is_open_before_the_phase_ends()
    {
        using var server = new EmbeddedServer(
            "akka.coordinated-shutdown.phases.service-requests-done.timeout = 2s", http =>
                http.Route("/never", Props.Create(typeof(Never))));
        await server.Host.StartAsync();
        Assert.Equal(
            "actor-http.timeouts.drain is cut to 00:00:01, because "
                + "akka.coordinated-shutdown.phases.service-requests-done.timeout is 00:00:02",
            Assert.Single(server.Lines));
        using var client = await RawClient.ConnectAsync(server.Address());
        await client.SendAsync("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var asked = await Until.ValueAsync(() => Never.Asked.TryTake(out var system) ? system : null, "the handler is asked");
        Assert.Same(server.System, asked);
        await server.Host.StopAsync();
        Assert.Equal(StreamEnd.Reset, (await client.ReadToEndAsync()).End);
        Assert.Equal("The drain is over after 1 s: 1 of the connections were still open and have been reset", server.Lines.Last());
        Assert.DoesNotContain(server.Lines, line => line.Contains("timed out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_drain_that_has_its_time_says_nothing()
    {
        using var server = new EmbeddedServer(
            "akka.coordinated-shutdown.phases.service-requests-done.timeout = 31s", http => http.ConsoleEndpoints());
        await server.Host.StartAsync();
        using var client = await RawClient.ConnectAsync(server.Address());
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).Status);
        await server.Host.StopAsync();
        Assert.Empty(server.Lines);
    }

    public static TheoryData<string, string, string> Failures => new()
    {
        { "a port that is in use", "", "Cannot listen on 127.0.0.1:" },
        { "a missing dispatcher", "", "my-dispatcher" },
        { "a missing mailbox", "", "my-mailbox" },
        { "a missing folder", "", "does not exist" },
        { "a wrong setting", "actor-http.timeouts.drain = soon", "actor-http.timeouts.drain" },
        {
            "faults for everybody",
            "actor-http { faults.enabled = on, host = \"0.0.0.0\" }",
            "actor-http.faults.enabled cannot be on for 0.0.0.0"
        },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_server_that_cannot_start_says_why_in_one_line_and_ends_the_host_but_leaves_the_exit_code_to_it(
        string what, string settings, string line)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        if (what == "a port that is in use")
            settings = $"actor-http.port = {((IPEndPoint)other.LocalEndPoint!).Port}";
        using var server = new EmbeddedServer(settings, http =>
        {
            switch (what)
            {
                case "a missing dispatcher":
                    http.Route("/x", Props.Create(typeof(Never)).WithDispatcher("my-dispatcher"));
                    break;
                case "a missing mailbox":
                    http.Route("/x", Props.Create(typeof(Never)).WithMailbox("my-mailbox"));
                    break;
                case "a missing folder":
                    http.Files("/files", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));
                    break;
            }
        });
        var before = Environment.ExitCode;
        try
        {
            await server.Host.StartAsync();
            await server.Host.WaitForShutdownAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (OperationCanceledException)
        {
            // The host was ended while it started.
        }

        Assert.Equal(before, Environment.ExitCode);
        var reason = Assert.IsType<CannotListen>(CoordinatedShutdown.Get(server.System).ShutdownReason);
        Assert.Equal(1, reason.ExitCode);
        Assert.Contains(line, reason.Message);

        // The host may have ended before the actor that writes the log has come to the line.
        await Until.TrueAsync(() => server.Lines.Any(each => each.Contains(line, StringComparison.Ordinal)), "the line is there");
        Assert.Contains(line, Assert.Single(server.Lines, each => each.Contains(line, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Handlers_of_one_name_are_refused()
    {
        using var server = new EmbeddedServer("", http =>
        {
            http.Route("/x", Props.Create(typeof(Never)));
            Assert.Throws<ArgumentException>(() => http.Route("/x/{y}", Props.Create(typeof(Never))));
            Assert.Throws<ArgumentException>(() => http.Handle("a/b", Props.Create(typeof(Never))));
        });
        await server.Host.StartAsync();
        Assert.Empty(server.Lines);
        await server.Host.StopAsync();
    }

    private sealed class Never : HttpHandlerActor
    {
        public static readonly System.Collections.Concurrent.ConcurrentBag<ActorSystem> Asked = [];

        protected override void OnRequest(HttpRequest request) => Asked.Add(Context.System);
    }
}
