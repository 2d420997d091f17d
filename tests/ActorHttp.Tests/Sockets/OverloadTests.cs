using ActorHttp.Handlers;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>More clients, or more requests, than there is room for.</summary>
public sealed class OverloadTests
{
    // So that no connection makes room for a new one.
    private const string NobodyIsIdle = "actor-http.timeouts.drain-grace = 1h\n";

    private const string Request = "GET /echo/hi HTTP/1.1\r\nHost: x\r\n\r\n";

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public async Task One_connection_too_many_is_told_503_and_closed_and_the_others_are_served()
    {
        await using var own = await RunningServer.StartAsync(NobodyIsIdle + "actor-http.limits { connections = 3, retry-after = 7s }");
        var served = new List<RawClient>();
        for (var i = 0; i < 3; i++)
        {
            served.Add(await own.ConnectAsync());
            Assert.Equal(200, (await served[i].ExchangeAsync(Request)).Status);
        }

        await AssertRefusedAsync(own);
        foreach (var client in served)
            Assert.Equal(200, (await client.ExchangeAsync(Request)).Status);
        served[0].Dispose();
        await Until.TrueAsync(() => IsServedAsync(own).GetAwaiter().GetResult(), "there is room for another");
        served.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_refused_client_that_sends_much_still_reads_why()
    {
        await using var own = await RunningServer.StartAsync(NobodyIsIdle + "actor-http.limits.connections = 1");
        using var served = await own.ConnectAsync();
        Assert.Equal(200, (await served.ExchangeAsync(Request)).Status);
        using var refused = await own.ConnectAsync();
        await refused.SendAsync($"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n{new string('x', 300_000)}");
        Assert.Equal(503, (await refused.ReadResponseAsync()).Status);
        await refused.ExpectFinAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.takes-sockets = off")]
    public async Task Refused_clients_that_stay_are_reset_and_leave_room_for_the_next_refusal(string settings)
    {
        await using var own = await RunningServer.StartAsync(
            NobodyIsIdle + settings + "\nactor-http { limits.connections = 1, limits.refusals = 2, timeouts.linger = 300ms }");
        using var served = await own.ConnectAsync();
        Assert.Equal(200, (await served.ExchangeAsync(Request)).Status);

        // More of them than may be open at once, one after the other.
        for (var i = 0; i < 4; i++)
        {
            using var refused = await own.ConnectAsync();
            Assert.Equal(503, (await refused.ReadResponseAsync()).Status);

            // It does not close. To write to it tells when the server has given it up.
            await Until.TrueAsync(() => IsReset(refused), "the refused client is reset");
        }

        await AssertRefusedAsync(own);
    }

    [Fact]
    public async Task A_handler_with_a_full_mailbox_answers_503_and_every_request_gets_one_answer()
    {
        const int Queue = 4;
        const int Sent = 12;
        await using var own = await RunningServer.StartAsync(
            $"actor-http.limits {{ handler-queue = {Queue}, pipelining = {Sent} }}", http =>
                http.Route("/blocked", Props.Create(() => new Blocked())));
        using var client = await own.ConnectAsync();
        using var release = new ManualResetEventSlim();
        var blocked = own.Handlers.Single(handler => handler.Path.Name == "blocked");
        var isBlocked = new TaskCompletionSource();
        blocked.Tell(new Block(release, isBlocked));
        await isBlocked.Task.WaitAsync(client.Deadline);
        await client.SendAsync(string.Concat(Enumerable.Repeat("GET /blocked HTTP/1.1\r\nHost: x\r\n\r\n", Sent)));

        // The router brings them in their order: the first of those for which there is no room is the fifth.
        using var other = await own.ConnectAsync();
        await Until.TrueAsync(() => ((ActorRefWithCell)blocked).Underlying.NumberOfMessages == Queue, "the mailbox is full");
        Assert.Equal(503, await StatusAsync(own, "/blocked"));
        Assert.Equal(200, (await other.ExchangeAsync(Request)).Status);
        release.Set();
        var statuses = new List<int>();
        for (var i = 0; i < Sent; i++)
            statuses.Add((await client.ReadResponseAsync()).Status);
        Assert.Equal([.. Enumerable.Repeat(200, Queue), .. Enumerable.Repeat(503, Sent - Queue)], statuses);
        Assert.Equal(200, await StatusAsync(own, "/blocked"));
    }

    private static async Task<int> StatusAsync(RunningServer own, string path) =>
        (await own.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).Status;

    private static async Task<bool> IsServedAsync(RunningServer own) => await StatusAsync(own, "/echo/hi") == 200;

    private static async Task AssertRefusedAsync(RunningServer own)
    {
        using var refused = await own.ConnectAsync();
        var answer = await refused.ExchangeAsync(Request);
        Assert.Equal(503, answer.Status);
        Assert.Equal("close", answer["Connection"]);
        Assert.Matches("^[17]$", answer["Retry-After"]);
        Assert.Equal("The server has as many connections as it can serve.\n", answer.Text);
        await refused.ExpectFinAsync();
    }

    private static bool IsReset(RawClient client)
    {
        try
        {
            client.Socket.Send("x"u8);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }

    private sealed record Block(ManualResetEventSlim Release, TaskCompletionSource IsBlocked);

    /// <summary>Does nothing at all while it is blocked.</summary>
    private sealed class Blocked : HttpHandlerActor
    {
        public Blocked() => Receive<Block>(block =>
        {
            block.IsBlocked.SetResult();
            block.Release.Wait(TimeSpan.FromSeconds(20));
        });

        protected override void OnRequest(HttpRequest request) => Reply(HttpResponse.Text(request.Exchange, 200, "free"));
    }
}
