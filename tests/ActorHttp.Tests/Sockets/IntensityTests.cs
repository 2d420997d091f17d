using System.Text;
using ActorHttp.Tests.Kit;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>What fails again and again: a connection is given up, a handler never is.</summary>
public sealed class IntensityTests
{
    // So long that a request which is lost gets no answer before its client gives up.
    private const string PatientServer = "actor-http.timeouts.handler = 5m\n";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_connection_past_its_restarts_is_reset_and_the_others_serve_on(int restarts)
    {
        await using var server = await RunningServer.StartAsync($"actor-http.supervision.connection-restarts = {restarts}", Guests.AddTo);
        using var other = await server.ConnectAsync();
        Assert.Equal(200, (await other.ExchangeAsync(Get("/"))).Status);
        var crashes = new CrashLog(server.System);
        var (client, connection) = await server.ConnectVisiblyAsync();
        using (client)
        {
            for (var i = 1; i <= restarts; i++)
            {
                connection.Tell(Kill.Instance);
                await Until.TrueAsync(() => crashes.CrashesOf(connection) == i, "the connection's actor is killed");
                Assert.Equal(200, (await client.ExchangeAsync(Get("/"))).Status);
            }

            connection.Tell(Kill.Instance);
            var (bytes, end) = await client.ReadToEndAsync();
            Assert.Equal("", Encoding.Latin1.GetString(bytes));
            Assert.Equal(StreamEnd.Reset, end);
        }

        Assert.Equal(200, (await other.ExchangeAsync(Get("/"))).Status);
        Assert.Equal(200, (await server.ExchangeAsync(Get("/"))).Status);
    }

    [Fact]
    public async Task A_handler_that_throws_a_thousand_times_answers_each_request_and_stays_in_service()
    {
        await using var server = await RunningServer.StartAsync(PatientServer, Guests.AddTo);
        var handler = server.Handlers.Single(handler => handler.Path.Name == "crash");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            using var client = await server.ConnectAsync();
            for (var round = 0; round < 10; round++)
            {
                await client.SendAsync(string.Concat(Enumerable.Repeat(Get("/crash"), 10)) + Get("/echo/last"));
                for (var i = 0; i < 10; i++)
                    Assert.Equal(500, (await client.ReadResponseAsync()).Status);
                Assert.Equal("last", (await client.ReadResponseAsync()).Text);
            }
        }));
        Assert.Equal(handler, server.Handlers.Single(other => other.Path.Name == "crash"));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("poison")]
    public async Task A_handler_that_stops_is_there_again_and_nobody_waits_for_it_in_vain(string how)
    {
        await using var server = await RunningServer.StartAsync(PatientServer, Guests.AddTo);
        using var client = await server.ConnectAsync();
        var handler = server.Handlers.Single(handler => handler.Path.Name == "hello");
        if (how == "stop")
            server.System.Stop(handler);
        else
            handler.Tell(PoisonPill.Instance);
        var answers = new List<RawResponse>();
        await Until.TrueAsync(
            async () =>
            {
                answers.Add(await client.ExchangeAsync(Get("/hello/you")));
                return answers[^1].Status == 200 && server.Handlers.All(other => !other.Equals(handler));
            },
            "the handler is there again");
        Assert.All(
            answers.Where(answer => answer.Status != 200), answer => Assert.Equal((503, "1"), (answer.Status, answer["Retry-After"])));
    }

    [Fact]
    public async Task A_request_that_a_killed_handler_had_taken_is_503_when_its_time_is_up()
    {
        await using var server = await RunningServer.StartAsync("actor-http.timeouts.handler = 1s", Guests.AddTo);
        using var client = await server.ConnectAsync();
        await client.SendAsync(Get("/patient") + Get("/echo/next"));
        var patient = server.Handlers.Single(handler => handler.Path.Name == "patient");
        await Until.TrueAsync(async () => await patient.Ask<int>("count", TimeSpan.FromSeconds(20)) == 1, "the request is there");
        patient.Tell(Kill.Instance);
        Assert.Equal(503, (await client.ReadResponseAsync()).Status);
        Assert.Equal("next", (await client.ReadResponseAsync()).Text);
        Assert.Equal(0, await patient.Ask<int>("count", TimeSpan.FromSeconds(20)));
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n";
}
