using System.Net.Sockets;

namespace ActorHttp.Tests.Sockets;

/// <summary>The endpoints with which a person watches failures.</summary>
public sealed class FaultEndpointTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync("actor-http.faults.enabled = on");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("handler")]
    [InlineData("connection")]
    public async Task A_fault_is_500_and_the_connection_serves_on(string kind)
    {
        using var client = await _server.ConnectAsync();
        Assert.Equal(500, (await client.ExchangeAsync(Get($"/_fault/{kind}"))).Status);
        Assert.Equal("hi", (await client.ExchangeAsync(Get("/echo/hi"))).Text);
    }

    [Fact]
    public async Task A_connection_that_fails_in_a_body_is_reset_and_has_no_last_chunk()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(Get("/_fault/connection?at=body"));
        var head = await client.ReadHeadAsync();
        var read = new MemoryStream();
        var end = await Assert.ThrowsAnyAsync<Exception>(() => client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span)));
        Assert.True(end is SocketException or EndOfStreamException, end.ToString());
        Assert.Equal("the first part\n"u8.ToArray(), read.ToArray());
    }

    [Fact]
    public async Task A_connection_that_fails_too_often_is_reset()
    {
        using var client = await _server.ConnectAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal(500, (await client.ExchangeAsync(Get("/_fault/connection"))).Status);
        await Assert.ThrowsAnyAsync<Exception>(() => client.ExchangeAsync(Get("/_fault/connection")));
        Assert.Equal("hi", (await _server.ExchangeAsync(Get("/echo/hi"))).Text);
    }

    [Theory]
    [InlineData("/_fault/slow?ms=1", 200)]
    [InlineData("/_fault/slow?ms=-1", 400)]
    [InlineData("/_fault/slow?ms=soon", 400)]
    [InlineData("/_fault/slow", 400)]
    [InlineData("/_fault/nothing", 404)]
    public async Task A_slow_answer_says_how_slow_it_was(string path, int status) =>
        Assert.Equal(status, (await _server.ExchangeAsync(Get(path))).Status);

    [Fact]
    public async Task The_actors_are_counted_each_connection_one()
    {
        using var client = await _server.ConnectAsync();

        // What sweeps the files is there when the handler has answered something.
        Assert.Equal(404, (await client.ExchangeAsync(Get("/files/nothing"))).Status);
        var alone = await CountAsync(client);
        using var another = await _server.ConnectAsync();
        Assert.Equal(200, (await another.ExchangeAsync(Get("/"))).Status);
        Assert.Equal(alone + 1, await CountAsync(client));
    }

    [Fact]
    public async Task What_was_allocated_is_counted_at_once()
    {
        using var client = await _server.ConnectAsync();
        var before = await NumberAsync(client, "/_fault/allocated");
        var own = new byte[200 * 1024];
        Assert.InRange(await NumberAsync(client, "/_fault/allocated"), before + own.Length, long.MaxValue);
        GC.KeepAlive(own);
    }

    private static Task<long> CountAsync(RawClient client) => NumberAsync(client, "/_fault/actors");

    private static async Task<long> NumberAsync(RawClient client, string path) =>
        long.Parse((await client.ExchangeAsync(Get(path))).Text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Without_the_setting_there_is_nothing()
    {
        await using var own = await RunningServer.StartAsync();
        Assert.Equal(404, (await own.ExchangeAsync(Get("/_fault/handler"))).Status);
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n";
}
