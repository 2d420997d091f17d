using System.Text;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Several requests on one connection: their order, their end, and what one may do to the next.</summary>
public sealed class PipeliningTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact, Trait("RFC", "9112 §9.3.2")]
    public async Task Fifty_requests_in_one_write_are_answered_in_their_order()
    {
        using var client = await server.ConnectAsync();
        var requests = string.Concat(Enumerable.Range(0, 50).Select(i => (i % 4) switch
        {
            0 => $"GET /echo/{i} HTTP/1.1\r\nHost: x\r\n\r\n",
            1 => $"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {i.ToString().Length}\r\n\r\n{i}",
            2 => $"GET /user-agent HTTP/1.1\r\nHost: x\r\nUser-Agent: {i}\r\n\r\n",
            _ => $"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{i.ToString().Length}\r\n{i}\r\n0\r\n\r\n",
        }));
        await client.SendAsync(requests);
        for (var i = 0; i < 50; i++)
            Assert.Equal(i.ToString(), (await client.ReadResponseAsync()).Text);
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public async Task An_answer_waits_for_the_one_before_it()
    {
        // The handler answers the last of its requests first.
        await using var own = await RunningServer.StartAsync(configure: Guests.AddTo);
        using var client = await own.ConnectAsync();
        var request = "GET /patient HTTP/1.1\r\nHost: x\r\n\r\n";
        await client.SendAsync(request + request + "GET /echo/third HTTP/1.1\r\nHost: x\r\n\r\n");
        var patient = own.System.ActorSelection("/user/actor-http/handlers/patient");
        await Until.TrueAsync(
            () => patient.Ask<int>("count", TimeSpan.FromSeconds(5)).GetAwaiter().GetResult() == 2, "both requests are there");
        patient.Tell("answer");
        Assert.Equal("at last 1", (await client.ReadResponseAsync()).Text);
        Assert.Equal("at last 2", (await client.ReadResponseAsync()).Text);
        Assert.Equal("third", (await client.ReadResponseAsync()).Text);
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public async Task What_is_written_first_is_there_for_what_reads_it_next()
    {
        using var client = await server.ConnectAsync();
        var text = new StringBuilder();
        for (var i = 0; i < 10; i++)
        {
            text.Append($"PUT /files/serial HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{i}");
            text.Append("GET /files/serial HTTP/1.1\r\nHost: x\r\n\r\n");
        }

        await client.SendAsync(text.ToString());
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(i == 0 ? 201 : 204, (await client.ReadResponseAsync()).Status);
            Assert.Equal(i.ToString(), (await client.ReadResponseAsync()).Text);
        }
    }

    [Fact, Trait("RFC", "9112 §9.6")]
    public async Task Nothing_behind_a_close_is_answered()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(
            "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /echo/3 "
                + "HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("1", (await client.ReadResponseAsync()).Text);
        Assert.Equal("2", (await client.ReadResponseAsync()).Text);
        await client.ExpectFinAsync();
    }

    [Fact]
    public async Task A_client_that_has_said_all_and_closed_its_side_is_answered()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n2");
        client.FinishSending();
        Assert.Equal("1", (await client.ReadResponseAsync()).Text);
        Assert.Equal("2", (await client.ReadResponseAsync()).Text);
        await client.ExpectFinAsync();
    }

    [Fact]
    public async Task A_client_that_sends_a_byte_at_a_time_is_understood()
    {
        using var client = await server.ConnectAsync();
        var bytes = Encoding.ASCII.GetBytes(
            "GET /echo/slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nT: u\r\n\r\n");
        foreach (var one in bytes)
            await client.SendAsync(new[] { one });
        Assert.Equal("slow", (await client.ReadResponseAsync()).Text);
        Assert.Equal("abcde", (await client.ReadResponseAsync()).Text);
    }

    [Fact, Trait("RFC", "9112 §9.3")]
    public async Task Http_1_0_closes_unless_it_asks_to_be_kept()
    {
        using var kept = await server.ConnectAsync();
        var response = await kept.ExchangeAsync("GET /echo/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Assert.Equal("keep-alive", response["Connection"]);
        Assert.Equal("a", response.Text);
        response = await kept.ExchangeAsync("GET /echo/b HTTP/1.0\r\n\r\n");
        Assert.Equal("close", response["Connection"]);
        Assert.Equal("b", response.Text);
        await kept.ExpectFinAsync();
    }

    [Fact, Trait("RFC", "9112 §6.3")]
    public async Task Http_1_0_gets_a_body_of_unknown_length_by_the_close()
    {
        server.Files.Add("old.txt", new string('x', 100_000));
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync("GET /files/old.txt HTTP/1.0\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n");
        Assert.Equal("gzip", response["Content-Encoding"]);
        Assert.Null(response["Transfer-Encoding"]);
        Assert.Null(response["Content-Length"]);
        Assert.Equal("close", response["Connection"]);
        using var gzip = new System.IO.Compression.GZipStream(
            new MemoryStream(response.Body), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(new string('x', 100_000), new StreamReader(gzip).ReadToEnd());
    }

    [Theory, Trait("RFC", "9110 §10.1.1")]
    [InlineData("/files/continued", 201)]
    [InlineData("/echo", 200)]
    public async Task A_client_that_waits_for_100_gets_it_and_then_the_answer(string path, int status)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(100, (await client.ReadInterimAsync()).Status);
        await client.SendAsync("hello");
        Assert.Equal(status, (await client.ReadResponseAsync()).Status);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Theory, Trait("RFC", "9110 §10.1.1")]
    [InlineData("POST /nowhere", 404)]
    [InlineData("POST /user-agent", 405)]
    [InlineData("PUT /files/", 405)]
    [InlineData("POST /deaf", 200)]
    public async Task A_client_that_waits_for_100_is_refused_without_it(string request, int status)
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync($"{request} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(status, response.Status);

        // The client may send the body or the next request now: nobody could tell which, so this is the end.
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public async Task No_100_is_sent_for_a_body_that_is_there_already()
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync(
            "POST /files/not-waiting HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Equal(201, response.Status);
    }

    [Fact]
    public async Task A_small_body_that_nobody_reads_is_thrown_away_and_the_connection_is_kept()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
        await client.SendAsync(new byte[200_000]);
        await client.SendAsync(
            "POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /echo/next "
                + "HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("whatever", (await client.ReadResponseAsync()).Text);
        Assert.Equal(404, (await client.ReadResponseAsync()).Status);
        Assert.Equal("next", (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task A_large_body_that_nobody_reads_ends_the_connection()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal(200, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
    }

    [Fact]
    public async Task A_chunked_body_that_nobody_reads_ends_the_connection_when_it_grows_large()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /deaf HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        await client.SendAsync("493E0\r\n");
        await client.SendAsync(new byte[300_000]);
        await client.ExpectFinAsync();
    }
}
