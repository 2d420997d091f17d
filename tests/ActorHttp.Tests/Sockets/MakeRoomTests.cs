using System.Collections.Concurrent;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Connections that do nothing give way to clients that want something, however their sockets are waited for.</summary>
public sealed class MakeRoomTests
{
    private const int Most = 20;
    private const string Request = "GET /echo/hi HTTP/1.1\r\nHost: x\r\n\r\n";

    public static TheoryData<string> Transports { get; } = ["", "actor-http.io.reactors = 0", "actor-http.io.takes-sockets = off"];

    [Theory, MemberData(nameof(Transports))]
    public async Task Silent_connections_cost_no_new_client_its_answer_and_requests_in_progress_go_on(string settings)
    {
        await using var own = await StartAsync(settings);
        var patient = own.System.ActorSelection("/user/actor-http/handlers/patient");
        using var inProgress = await own.ConnectAsync();
        await inProgress.SendAsync("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n");
        using var begun = await own.ConnectAsync();
        await begun.SendAsync("GET /echo/begun HTTP/1.1\r\nHo");
        await Until.TrueAsync(
            () => patient.Ask<int>("count", TimeSpan.FromSeconds(10)).GetAwaiter().GetResult() == 1, "the request is there");
        var silent = new List<RawClient>();
        while (silent.Count < Most - 2)
            silent.Add(await own.ConnectAsync());
        await Until.TrueAsync(() => own.Connections.Count == Most, "there is no room left");

        // Each of them stays as well, and says nothing more.
        for (var i = 0; i < 3 * Most; i++)
        {
            silent.Add(await ConnectUntilServedAsync(own));
            Assert.InRange(own.Connections.Count, 1, Most);
        }

        // Who was told to go was told properly, and the longest idle ones first.
        await silent[0].ExpectFinAsync();
        await silent[1].ExpectFinAsync();
        patient.Tell("answer");
        Assert.Equal("at last 1", (await inProgress.ReadResponseAsync()).Text);
        Assert.Equal("begun", (await begun.ExchangeAsync("st: x\r\n\r\n")).Text);
        silent.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_storm_of_new_clients_never_has_more_of_them_served_at_once_than_the_limit(string settings)
    {
        // Longer than a client of the storm takes to send its request, or that would be lost.
        await using var own = await StartAsync(settings, "2s");
        var silent = new List<RawClient>();
        while (silent.Count < Most)
            silent.Add(await own.ConnectAsync());
        silent.Add(await ConnectUntilServedAsync(own));
        using var isOver = new CancellationTokenSource();
        var most = Task.Run(() =>
        {
            var seen = 0;
            while (!isOver.IsCancellationRequested)
                seen = Math.Max(seen, own.Connections.Count);
            return seen;
        });

        // Once more until one of them is served: the first storm may come when nobody has been idle for long enough.
        var statuses = new ConcurrentBag<int>();
        await Until.TrueAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 5 * Most).Select(async _ =>
                {
                    using var client = await own.ConnectAsync();
                    statuses.Add((await client.ExchangeAsync(Request)).Status);
                }));
                return statuses.Contains(200);
            },
            "a client of the storm is served");
        await isOver.CancelAsync();
        Assert.InRange(await most, 1, Most);
        Assert.All(statuses, status => Assert.True(status is 200 or 503, $"a client got {status}"));
        silent.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_keep_alive_client_that_goes_on_asking_is_not_the_one_to_go(string settings)
    {
        await using var own = await StartAsync(settings);
        using var asking = await own.ConnectAsync();
        Assert.Equal(200, (await asking.ExchangeAsync(Request)).Status);
        var silent = new List<RawClient>();
        while (silent.Count < Most - 1)
        {
            // One that has been answered is idle from then on. One that is only connected may not have been accepted yet.
            silent.Add(await own.ConnectAsync());
            Assert.Equal(200, (await silent[^1].ExchangeAsync(Request)).Status);
        }

        for (var i = 0; i < Most; i++)
        {
            Assert.Equal(200, (await asking.ExchangeAsync(Request)).Status);
            silent.Add(await ConnectUntilServedAsync(own));
        }

        Assert.Equal(200, (await asking.ExchangeAsync(Request)).Status);
        silent.ForEach(client => client.Dispose());
    }

    private static Task<RunningServer> StartAsync(string settings, string grace = "20ms") => RunningServer.StartAsync(
        $"actor-http {{ limits.connections = {Most}, timeouts.drain-grace = {grace} }}\n{settings}", Guests.AddTo);

    // A client that comes at a moment when nobody has been idle for long enough is refused, and tries again as clients do.
    private static async Task<RawClient> ConnectUntilServedAsync(RunningServer own)
    {
        RawClient? served = null;
        await Until.TrueAsync(
            async () =>
            {
                var client = await own.ConnectAsync();
                if ((await client.ExchangeAsync(Request)).Status == 200)
                    served = client;
                else
                    client.Dispose();
                return served is not null;
            },
            "a new client is served");
        return served!;
    }
}
