using System.IO.Compression;
using System.Net;
using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>The steps of the well-known exercise "build your own HTTP server", in its order.</summary>
public sealed class FourteenStepsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Step_01_it_binds_to_a_port()
    {
        Assert.NotEqual(0, server.Address.Port);
        Assert.True(IPAddress.IsLoopback(server.Address.Address));
        using var client = await server.ConnectAsync();
        Assert.True(client.Socket.Connected);
    }

    [Fact]
    public async Task Step_02_it_answers_200()
    {
        var response = await server.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: localhost:4221\r\nUser-Agent: curl/7.64.1\r\nAccept: */*\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("OK", response.Head.Reason);
    }

    [Fact]
    public async Task Step_03_it_extracts_the_path_and_answers_404_for_an_unknown_one()
    {
        var response = await server.ExchangeAsync("GET /abcdefg HTTP/1.1\r\nHost: localhost:4221\r\n\r\n");
        Assert.Equal(404, response.Status);
        Assert.Equal("Not Found", response.Head.Reason);
    }

    [Fact]
    public async Task Step_04_it_answers_with_a_body()
    {
        var response = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: localhost:4221\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Equal("3", response["Content-Length"]);
        Assert.Equal("abc", response.Text);
    }

    [Fact]
    public async Task Step_05_it_reads_the_user_agent_field()
    {
        var response = await server.ExchangeAsync("GET /user-agent HTTP/1.1\r\nHost: localhost:4221\r\nUser-Agent: foobar/1.2.3\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Equal("12", response["Content-Length"]);
        Assert.Equal("foobar/1.2.3", response.Text);
    }

    [Fact]
    public async Task Step_06_it_serves_20_clients_at_once()
    {
        // All of them are connected before the first one asks.
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.ConnectAsync()));
        var answers = await Task.WhenAll(clients.Reverse().Select(client => client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        foreach (var client in clients)
            client.Dispose();
    }

    [Fact]
    public async Task Step_07_it_returns_a_file()
    {
        server.Files.Add("step7", "Hello, World!");
        var found = await server.ExchangeAsync("GET /files/step7 HTTP/1.1\r\nHost: localhost:4221\r\n\r\n");
        Assert.Equal(200, found.Status);
        Assert.Equal("application/octet-stream", found["Content-Type"]);
        Assert.Equal("13", found["Content-Length"]);
        Assert.Equal("Hello, World!", found.Text);

        var absent = await server.ExchangeAsync("GET /files/non_existant_file HTTP/1.1\r\nHost: localhost:4221\r\n\r\n");
        Assert.Equal(404, absent.Status);
    }

    [Fact]
    public async Task Step_08_it_reads_a_request_body_into_a_file()
    {
        var response = await server.ExchangeAsync(
            "POST /files/step8 HTTP/1.1\r\nHost: localhost:4221\r\nContent-Type: application/octet-stream\r\nContent-Length: "
                + "5\r\n\r\n12345");
        Assert.Equal(201, response.Status);
        Assert.Equal("Created", response.Head.Reason);
        Assert.Equal("12345", File.ReadAllText(server.Files["step8"]));
    }

    [Fact]
    public async Task Step_09_it_names_the_coding_that_the_client_accepts()
    {
        var coded = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
        Assert.Equal(200, coded.Status);
        Assert.Equal("text/plain", coded["Content-Type"]);
        Assert.Equal("gzip", coded["Content-Encoding"]);

        var unknown = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: invalid-encoding\r\n\r\n");
        Assert.Equal(200, unknown.Status);
        Assert.Null(unknown["Content-Encoding"]);
        Assert.Equal("abc", unknown.Text);
    }

    [Fact]
    public async Task Step_10_it_finds_the_coding_among_several()
    {
        var coded = await server.ExchangeAsync(
            "GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: encoding-1, gzip, encoding-2\r\n\r\n");
        Assert.Equal("gzip", coded["Content-Encoding"]);

        var unknown = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: encoding-1, encoding-2\r\n\r\n");
        Assert.Equal(200, unknown.Status);
        Assert.Null(unknown["Content-Encoding"]);
    }

    [Fact]
    public async Task Step_11_it_compresses_with_gzip()
    {
        var coded = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
        Assert.Equal(coded.Body.Length.ToString(), coded["Content-Length"]);
        using var gzip = new GZipStream(new MemoryStream(coded.Body), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.ASCII);
        Assert.Equal("abc", reader.ReadToEnd());
    }

    [Fact]
    public async Task Step_12_it_serves_two_requests_on_one_connection()
    {
        using var client = await server.ConnectAsync();
        Assert.Equal("banana", (await client.ExchangeAsync("GET /echo/banana HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        Assert.Equal("pear/1", (await client.ExchangeAsync("GET /user-agent HTTP/1.1\r\nHost: x\r\nUser-Agent: pear/1\r\n\r\n")).Text);
    }

    [Fact]
    public async Task Step_13_it_serves_several_persistent_connections_at_once()
    {
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"first{i}", (await first.ExchangeAsync($"GET /echo/first{i} HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
            Assert.Equal($"second{i}", (await second.ExchangeAsync($"GET /echo/second{i} HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        }
    }

    [Fact]
    public async Task Step_14_it_closes_the_connection_when_asked_to()
    {
        using var client = await server.ConnectAsync();
        var kept = await client.ExchangeAsync("GET /echo/orange HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Null(kept["Connection"]);
        var last = await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, last.Status);
        Assert.Equal("close", last["Connection"]);
        await client.ExpectFinAsync();
    }
}
