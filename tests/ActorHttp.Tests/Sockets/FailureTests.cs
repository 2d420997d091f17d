using System.Net.Sockets;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Handlers that fail, clients that dawdle, and a server that goes.</summary>
public sealed class FailureTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string ShortTimes = """
        actor-http.timeouts { request-head = 300ms, idle = 300ms, handler = 300ms, rate-grace = 300ms, linger = 300ms, drain = 20s }
        """;

    [Fact]
    public async Task A_handler_that_throws_is_500_and_the_connection_serves_on()
    {
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await client.ExchangeAsync("GET /crash HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal(500, response.Status);
            Assert.Equal("text/plain", response["Content-Type"]);
            Assert.Null(response["Connection"]);
            Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        }
    }

    [Fact]
    public async Task A_handler_that_throws_between_others_is_500_in_its_place()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(
            "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /crash HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/3 HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("1", (await client.ReadResponseAsync()).Text);
        Assert.Equal(500, (await client.ReadResponseAsync()).Status);
        Assert.Equal("3", (await client.ReadResponseAsync()).Text);
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public async Task A_head_that_does_not_come_in_time_is_408()
    {
        await using var own = await RunningServer.StartAsync(ShortTimes + "actor-http.timeouts.idle = 20s");
        using var client = await own.ConnectAsync();
        var response = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost:");
        Assert.Equal(408, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public async Task A_body_that_does_not_come_in_time_is_408_and_leaves_nothing()
    {
        await using var own = await RunningServer.StartAsync(ShortTimes);
        using var client = await own.ConnectAsync();
        var response = await client.ExchangeAsync("PUT /files/late HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
        Assert.Equal(408, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
        await Until.TrueAsync(() => own.Files.Entries.Count == 0, "the part of the upload is gone");
    }

    [Fact]
    public async Task An_idle_connection_is_closed_without_a_word()
    {
        await using var own = await RunningServer.StartAsync(ShortTimes);
        using var fresh = await own.ConnectAsync();
        using var used = await own.ConnectAsync();
        Assert.Equal(200, (await used.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        await fresh.ExpectFinAsync();
        await used.ExpectFinAsync();
    }

    [Fact]
    public async Task A_handler_that_says_nothing_is_503_and_its_late_answer_is_dropped()
    {
        await using var own = await RunningServer.StartAsync(ShortTimes + "actor-http.timeouts.idle = 20s", Guests.AddTo);
        using var client = await own.ConnectAsync();
        Assert.Equal(503, (await client.ExchangeAsync("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        own.System.ActorSelection("/user/actor-http/handlers/patient").Tell("answer");
        Assert.Equal("next", (await client.ExchangeAsync("GET /echo/next HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_its_answer_is_reset()
    {
        await using var own = await RunningServer.StartAsync(ShortTimes + "actor-http.rates.response = 10000000");
        own.Files.Add("large", new byte[8 * 1024 * 1024]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();

        // Nothing is read until the server has given up: its reset shows as an error of the socket.
        await Until.TrueAsync(() => client.Socket.Poll(0, SelectMode.SelectError), "the server resets the connection");
        Assert.Equal(200, head.Status);
    }

    [Theory]
    [InlineData("actor-http.files.body-size = 10B", "/files/capped", "Content-Length: 11\r\n\r\n")]
    [InlineData(
        "actor-http.files.body-size = 10B", "/files/capped", "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n")]
    [InlineData("actor-http.limits.body-size = 10B", "/deaf", "Content-Length: 11\r\n\r\n")]
    public async Task A_body_above_its_cap_is_413_and_leaves_nothing(string setting, string path, string rest)
    {
        await using var own = await RunningServer.StartAsync(setting, Guests.AddTo);
        using var client = await own.ConnectAsync();
        var response = await client.ExchangeAsync($"POST {path} HTTP/1.1\r\nHost: x\r\n{rest}");
        Assert.Equal(413, response.Status);
        await Until.TrueAsync(() => own.Files.Entries.Count == 0, "nothing is left of the upload");
    }

    [Fact]
    public async Task A_server_that_stops_finishes_what_it_has_begun_and_takes_nothing_new()
    {
        var body = TemporaryDirectory.Pattern(8 * 1024 * 1024);
        var own = await RunningServer.StartAsync(configure: Guests.AddTo);
        own.Files.Add("slow", body);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        using var idle = await own.ConnectAsync();
        Assert.Equal(200, (await idle.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        await client.SendAsync("GET /files/slow HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();

        var stopping = own.Host.StopAsync();
        await idle.ExpectFinAsync();

        // The idle connection is closed by the same order that ends the taking of new ones, on each of the listeners.
        await Until.TrueAsync(() => IsRefusedAsync(own).GetAwaiter().GetResult(), "new connections are refused");
        Assert.False(stopping.IsCompleted);

        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.True(body.AsSpan().SequenceEqual(read.ToArray()));
        await client.ExpectFinAsync();
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<SocketException>(() => own.ConnectAsync());
        own.Host.Dispose();
        own.Files.Dispose();
    }

    [Fact]
    public async Task A_server_that_stops_answers_the_request_that_waits_and_says_close()
    {
        var own = await RunningServer.StartAsync(configure: Guests.AddTo);
        using var client = await own.ConnectAsync();
        using var idle = await own.ConnectAsync();
        await client.SendAsync("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n");
        var patient = own.System.ActorSelection("/user/actor-http/handlers/patient");
        await Until.TrueAsync(
            () => patient.Ask<int>("count", TimeSpan.FromSeconds(5)).GetAwaiter().GetResult() == 1, "the request is there");

        // One that the system has accepted, and we have not, would be reset with the listening socket.
        await Until.TrueAsync(() => own.Connections.Count == 2, "both clients have their connection actors");
        var stopping = own.Host.StopAsync();
        await idle.ExpectFinAsync();
        Assert.False(stopping.IsCompleted);
        patient.Tell("answer");
        var response = await client.ReadResponseAsync();
        Assert.Equal("at last 1", response.Text);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        await own.DisposeAsync();
    }

    private static async Task<bool> IsRefusedAsync(RunningServer own)
    {
        try
        {
            using var client = await own.ConnectAsync();
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
