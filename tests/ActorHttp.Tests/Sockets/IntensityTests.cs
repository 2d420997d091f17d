using System.Text;
using ActorHttp.Tests.Kit;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>What fails more often than <c>actor-http.supervision</c> allows is given up, and nobody waits for it in vain.</summary>
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
    public async Task A_handler_past_its_restarts_leaves_none_without_an_answer_that_waited_for_it()
    {
        await using var server = await RunningServer.StartAsync(PatientServer + "actor-http.supervision.handler-restarts = 2", Guests.AddTo);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync(string.Concat(Enumerable.Repeat(Get("/crash"), 10)) + Get("/echo/last"));
            var answers = new List<int>();
            for (var i = 0; i < 10; i++)
                answers.Add((await client.ReadResponseAsync()).Status);
            Assert.Equal("last", (await client.ReadResponseAsync()).Text);
            return answers;
        }));

        // The first failure, and one for each restart.
        var all = statuses.SelectMany(answers => answers).ToList();
        Assert.Equal(3, all.Count(status => status == 500));
        Assert.Equal(97, all.Count(status => status == 503));
    }

    [Fact]
    public async Task A_request_that_was_taken_by_a_handler_which_is_given_up_is_503_when_its_time_is_up()
    {
        await using var server = await RunningServer.StartAsync(
            "actor-http { supervision.handler-restarts = 0, timeouts.handler = 1s }", Guests.AddTo);
        using var client = await server.ConnectAsync();
        await client.SendAsync(Get("/patient") + Get("/echo/next"));
        var patient = server.Handlers.Single(handler => handler.Path.Name == "patient");
        await Until.TrueAsync(async () => await patient.Ask<int>("count", TimeSpan.FromSeconds(20)) == 1, "the request is there");
        patient.Tell(Kill.Instance);
        Assert.Equal(503, (await client.ReadResponseAsync()).Status);
        Assert.Equal("next", (await client.ReadResponseAsync()).Text);
        Assert.DoesNotContain(server.Handlers, handler => handler.Path.Name == "patient");
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n";
}
