using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// Clients that take their time on purpose, after the three attacks of slowhttptest: they are gone when their time is up, and
/// nobody else has noticed. What the connection does at each deadline is in Connections/DeadlineTests.
/// </summary>
public sealed class SlowClientTests
{
    private const int Attackers = 20;
    private const int Honest = 4;

    // Short, but long enough for a client that is only on a busy machine.
    private const string ShortTimes = """
        actor-http {
          timeouts { request-head = 1s, rate-grace = 1s }
          rates { request-body = 1000000, response = 1000000 }
          limits.field-count = 10000
        }
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private delegate Task Attack(RunningServer server, int number);

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public Task Slow_heads_are_408_and_cost_nobody_else_anything() => UnderAttackAsync(async (server, _) =>
    {
        // slowhttptest -H: one more field each time, and never the empty line.
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n");
        await DribbleAsync(client, "X-More: of the same\r\n");
        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        await client.ExpectFinAsync();
    });

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public Task Slow_bodies_are_408_and_cost_nobody_else_anything() => UnderAttackAsync(async (server, number) =>
    {
        // slowhttptest -B: a length is promised, and a few bytes of it come each time.
        using var client = await server.ConnectAsync();
        await client.SendAsync(number % 2 == 0
            ? $"PUT /files/slow-{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
            : "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
        await DribbleAsync(client, "a=b&");
        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        await client.ExpectFinAsync();
    });

    [Fact]
    public Task Slow_readers_are_reset_and_cost_nobody_else_anything() => UnderAttackAsync(async (server, _) =>
    {
        // slowhttptest -X: a small window, more answers than it holds, and a byte of them each time.
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 4 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\nGET /files/large HTTP/1.1\r\nHost: x\r\n\r\n");
        using var again = new PeriodicTimer(Interval);
        var one = new byte[1];
        while (!client.Socket.Poll(0, SelectMode.SelectError))
        {
            if (client.Socket.Available > 0)
                await client.Socket.ReceiveAsync(one, client.Deadline);
            await again.WaitForNextTickAsync(client.Deadline);
        }
    });

    [Fact]
    public async Task A_reader_that_takes_little_at_a_time_but_keeps_taking_is_served_to_the_end()
    {
        // All of it takes longer than the grace, and the rate would give it nothing on top.
        await using var own = await RunningServer.StartAsync("actor-http { timeouts.rate-grace = 4s, rates.response = 1000000000 }");
        var length = KernelBuffers.LargestSend + (4 * 1024 * 1024);
        own.Files.Add("large", new byte[length]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Equal(length.ToString(), head["Content-Length"]);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var part = new byte[16 * 1024];
        var total = 0;
        for (int count; (count = await client.Socket.ReceiveAsync(part, client.Deadline)) > 0; total += count)
            await again.WaitForNextTickAsync(client.Deadline);

        // The client has taken some of it with the head.
        Assert.InRange(total, length - (64 * 1024), length);
    }

    [Fact]
    public async Task A_reader_at_the_rate_is_served_though_the_kernel_takes_more_of_us_in_large_steps_only()
    {
        // 100 KiB a second: half of the window takes five. What one that takes nothing has is little more than three.
        await using var own = await RunningServer.StartAsync(
            "actor-http { timeouts.rate-grace = 3s, rates.response = 75000, io.unsent-window = 1MiB }");
        own.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await client.ReadHeadAsync();
        using var again = new PeriodicTimer(Interval);
        var part = new byte[5 * 1024];
        for (var began = Stopwatch.StartNew(); began.Elapsed < TimeSpan.FromSeconds(5);)
        {
            Assert.NotEqual(0, await client.Socket.ReceiveAsync(part, client.Deadline));
            await again.WaitForNextTickAsync(client.Deadline);
        }
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n", 404)]
    public async Task A_client_that_never_closes_behind_the_last_answer_is_reset(string request, int status)
    {
        await using var own = await RunningServer.StartAsync("actor-http.timeouts.linger = 300ms");
        using var client = await own.ConnectAsync();
        Assert.Equal(status, (await client.ExchangeAsync(request)).Status);
        await client.ExpectFinAsync();
        await Until.TrueAsync(() => client.Socket.Poll(0, SelectMode.SelectError), "the server resets the connection");
        await Until.TrueAsync(() => own.Connections.Count == 0, "the connection is gone");
    }

    [Theory]
    [InlineData("")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.takes-sockets = off")]
    public async Task A_client_on_a_slow_link_that_sends_its_whole_body_before_it_reads_gets_the_answer(string settings)
    {
        // Longer in all than the linger time, but never as long between two pieces.
        await using var own = await RunningServer.StartAsync(settings + "\nactor-http.timeouts.linger = 1s");
        using var client = await own.ConnectAsync();
        await client.SendAsync("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30000001\r\n\r\n");
        using var again = new PeriodicTimer(Interval);
        for (var began = Stopwatch.StartNew(); began.Elapsed < TimeSpan.FromSeconds(2.5);)
        {
            await client.SendAsync(new byte[8 * 1024]);
            await again.WaitForNextTickAsync(client.Deadline);
        }

        Assert.Equal(413, (await client.ReadResponseAsync()).Status);
        await client.ExpectFinAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.takes-sockets = off")]
    public async Task A_client_that_never_stops_sending_is_reset_when_the_time_to_linger_is_up(string settings)
    {
        await using var own = await RunningServer.StartAsync(settings + "\nactor-http.timeouts { linger = 10s, linger-limit = 500ms }");
        using var client = await own.ConnectAsync();
        Assert.Equal(400, (await client.ExchangeAsync("nonsense\r\n\r\n")).Status);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await client.SendAsync("x");
                await again.WaitForNextTickAsync(client.Deadline);
            }
        });
        await Until.TrueAsync(() => own.Connections.Count == 0, "the connection is gone");
    }

    [Theory, Trait("RFC", "9110 §15.5.9")]
    [InlineData("")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.takes-sockets = off")]
    public async Task An_upload_that_began_fast_and_falls_silent_is_408(string settings)
    {
        // What it has sent is worth an hour at the least rate.
        await using var own = await RunningServer.StartAsync(settings + "\nactor-http.timeouts.request-body = 500ms");
        using var client = await own.ConnectAsync();
        await client.SendAsync("PUT /files/silent HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n");
        await client.SendAsync(new byte[1_000_000]);
        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        await client.ExpectFinAsync();
        await Until.TrueAsync(() => own.Files.Entries.Count == 0, "nothing of it is left");
    }

    [Fact]
    public async Task A_client_that_never_closes_behind_an_answer_that_said_close_holds_nothing()
    {
        // Nothing of it is unread, so there is nothing to wait for: the kernel sees to the rest.
        await using var own = await RunningServer.StartAsync("actor-http.timeouts.linger = 1h");
        using var client = await own.ConnectAsync();
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).Status);
        await Until.TrueAsync(() => own.Connections.Count == 0, "the connection is gone");
        await client.ExpectFinAsync();
    }

    [Fact]
    public async Task What_is_open_when_the_time_to_drain_is_up_is_reset()
    {
        var own = await RunningServer.StartAsync("actor-http.timeouts.drain = 300ms", Guests.AddTo);
        using var client = await own.ConnectAsync();
        await client.SendAsync("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n");
        var patient = own.System.ActorSelection("/user/actor-http/handlers/patient");
        await Until.TrueAsync(
            () => patient.Ask<int>("count", TimeSpan.FromSeconds(10)).GetAwaiter().GetResult() == 1, "the request is there");
        var stopping = own.Host.StopAsync();
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Empty(bytes);
        Assert.Equal(StreamEnd.Reset, end);
        await stopping.WaitAsync(client.Deadline);
        await own.DisposeAsync();
    }

    // Runs the attack many times at once, with other clients asking all the while; at the end only they are left.
    private static async Task UnderAttackAsync(Attack attack)
    {
        await using var own = await RunningServer.StartAsync(ShortTimes, Guests.AddTo);
        own.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        own.Files.Add("small", "the bytes");
        var honest = new List<RawClient>();
        for (var i = 0; i < Honest; i++)
            honest.Add(await own.ConnectAsync());
        var attacks = Task.WhenAll(Enumerable.Range(0, Attackers).Select(number => attack(own, number)));
        await Task.WhenAll(honest.Select((client, number) => AskUntilAsync(attacks, client, number)));
        await attacks;

        await Until.TrueAsync(() => own.Connections.Count == Honest, "only the honest clients are connected");
        await Until.TrueAsync(() => own.Transfers.Count == 0, "no upload and no download goes on");
        await Until.TrueAsync(() => OpenDescriptors.Below(own.Files.Path).Count == 0, "no file is open");
        Assert.Equal(["honest-0", "honest-1", "honest-2", "honest-3", "large", "small"], own.Files.Entries);
        foreach (var client in honest)
        {
            Assert.Equal("still", (await client.ExchangeAsync("GET /echo/still HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
            client.Dispose();
        }
    }

    private static async Task AskUntilAsync(Task attacks, RawClient client, int number)
    {
        do
        {
            Assert.Equal("here", (await client.ExchangeAsync("GET /echo/here HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
            Assert.Equal("the bytes", (await client.ExchangeAsync("GET /files/small HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
            var upload = await client.ExchangeAsync($"PUT /files/honest-{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
            Assert.True(upload.Status is 201 or 204, $"{upload.Status}: {upload.Text}");
        }
        while (!attacks.IsCompleted);
    }

    private static async Task DribbleAsync(RawClient client, string drop)
    {
        using var again = new PeriodicTimer(Interval);
        while (client.Socket.Available == 0)
        {
            await client.SendAsync(drop);
            await again.WaitForNextTickAsync(client.Deadline);
        }
    }
}
