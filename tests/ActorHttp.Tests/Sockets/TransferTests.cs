using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>Large bodies: whole, at once, bounded in memory, and never complete when they are not.</summary>
public sealed class TransferTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int Megabyte = 1024 * 1024;

    // Of bytes that nobody reads in the end: with less than this, blocking would prove nothing about the server.
    private static readonly int MoreThanSocketsHold = KernelBuffers.LargestSend + KernelBuffers.LargestReceive + (16 * Megabyte);

    [Fact]
    public async Task Twenty_megabytes_are_echoed_while_they_are_sent()
    {
        var body = TemporaryDirectory.Pattern(20 * Megabyte);
        using var client = await server.ConnectAsync();
        await client.SendAsync($"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");

        // The answer begins with the first part of the body: it is streamed, not collected.
        await client.SendAsync(body.AsMemory(0, 1000));
        var head = await client.ReadHeadAsync();
        Assert.Equal(body.Length.ToString(), head["Content-Length"]);
        var sending = client.SendAsync(body.AsMemory(1000));
        Assert.Equal(SHA256.HashData(body), await HashOfBodyAsync(client, head));
        await sending;
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Twenty_megabytes_are_echoed_in_chunks()
    {
        var body = TemporaryDirectory.Pattern(20 * Megabyte);
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        var sending = SendChunkedAsync(client, body, 100_003);
        var head = await client.ReadHeadAsync();
        Assert.Equal("chunked", head["Transfer-Encoding"]);
        Assert.Equal(SHA256.HashData(body), await HashOfBodyAsync(client, head));
        await sending;
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Sixty_four_megabytes_go_up_and_come_down_the_same()
    {
        var body = TemporaryDirectory.Pattern(64 * Megabyte);
        using var client = await server.ConnectAsync();
        await client.SendAsync($"PUT /files/64M HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);

        await client.SendAsync("GET /files/64M HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Equal(200, head.Status);
        Assert.Equal(body.Length.ToString(), head["Content-Length"]);
        Assert.Equal(SHA256.HashData(body), await HashOfBodyAsync(client, head));
    }

    [Fact]
    public async Task Fifty_clients_upload_and_download_at_once()
    {
        var bodies = Enumerable.Range(0, 50).Select(i => TemporaryDirectory.Pattern(300_000 + (i * 7919))).ToArray();
        await Task.WhenAll(bodies.Select((body, i) => Task.Run(async () =>
        {
            using var client = await server.ConnectAsync();
            for (var round = 0; round < 2; round++)
            {
                await client.SendAsync($"PUT /files/fifty/{i} HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n");
                await client.SendAsync(body);
                Assert.Equal(round == 0 ? 201 : 204, (await client.ReadResponseAsync()).Status);
                var read = await client.ExchangeAsync($"GET /files/fifty/{i} HTTP/1.1\r\nHost: x\r\n\r\n");
                Assert.Equal(200, read.Status);
                Assert.True(body.AsSpan().SequenceEqual(read.Body), $"Client {i} read other bytes than it wrote.");
            }
        })));
    }

    [Fact]
    public async Task Readers_of_a_file_that_is_replaced_see_the_old_bytes_or_the_new()
    {
        var old = new byte[400_000];
        var young = Enumerable.Repeat((byte)1, 400_000).ToArray();
        server.Files.Add("replaced", old);
        var writing = Task.Run(async () =>
        {
            using var client = await server.ConnectAsync();
            for (var i = 0; i < 20; i++)
            {
                await client.SendAsync("PUT /files/replaced HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n");
                await client.SendAsync(i % 2 == 0 ? young : old);
                Assert.Equal(204, (await client.ReadResponseAsync()).Status);
            }
        });
        using var reader = await server.ConnectAsync();
        do
        {
            var response = await reader.ExchangeAsync("GET /files/replaced HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal(400_000, response.Body.Length);
            Assert.DoesNotContain((byte)(1 - response.Body[0]), response.Body);
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Theory]
    [InlineData("Content-Length: 5000000\r\n\r\n", true)]
    [InlineData("Content-Length: 5000000\r\n\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4C4B40\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4C4B40\r\n", false)]
    public async Task A_client_that_dies_in_an_upload_leaves_neither_a_file_nor_a_part_of_one(string framing, bool withReset)
    {
        await using var own = await RunningServer.StartAsync();
        own.Files.Add("kept", "the old bytes");
        foreach (var name in new[] { "new/folder/file", "kept" })
        {
            using var client = await own.ConnectAsync();
            await client.SendAsync($"PUT /files/{name} HTTP/1.1\r\nHost: x\r\n{framing}");
            await client.SendAsync(new byte[400_000]);
            await Until.TrueAsync(() => own.Files.Entries.Count > 1, "the upload is under way");
            if (withReset)
                client.Die();
            else
                client.FinishSending();
            await Until.TrueAsync(() => own.Files.Entries is ["kept"], "the part of the upload is gone");
            Assert.Equal("the old bytes", File.ReadAllText(own.Files["kept"]));
        }
    }

    [Fact]
    public async Task An_upload_that_its_client_cuts_off_is_400_and_the_end()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("PUT /files/cut HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
        client.FinishSending();
        var response = await client.ReadResponseAsync();
        Assert.Equal(400, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
        Assert.False(File.Exists(server.Files["cut"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Accept-Encoding: gzip\r\n")]
    public async Task A_file_that_is_cut_while_it_is_sent_never_looks_complete(string accept)
    {
        // Noise, so that coding does not make it small enough to have left already.
        var path = server.Files.Add($"cut-{accept.Length}.txt", RandomNumberGenerator.GetBytes(32 * Megabyte));
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync($"GET /files/{Path.GetFileName(path)} HTTP/1.1\r\nHost: x\r\n{accept}\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Equal(accept.Length > 0 ? "chunked" : null, head["Transfer-Encoding"]);
        Cut(path, 1000);
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Equal(StreamEnd.Reset, end);
        Assert.True(bytes.Length < 16 * Megabyte, $"{bytes.Length} bytes of a file that is gone");
        Assert.False(bytes.AsSpan().EndsWith("0\r\n\r\n"u8));
    }

    [Fact]
    public async Task A_source_that_dies_in_the_middle_resets_the_connection()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /crash-late HTTP/1.1\r\nHost: x\r\n\r\n");
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Equal(StreamEnd.Reset, end);
        Assert.False(bytes.AsSpan().EndsWith("0\r\n\r\n"u8));
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_disk()
    {
        // How far the server has read shows when the file is cut: what it had not read can never arrive. Before that it
        // serves the same file to somebody else from end to end: time enough to have read it here as well, if it would.
        var length = KernelBuffers.LargestSend + (32 * Megabyte);
        var path = server.Files.Add("unread", TemporaryDirectory.Pattern(length));
        using var sleeper = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await sleeper.SendAsync("GET /files/unread HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await sleeper.ReadHeadAsync();
        Assert.Equal(length.ToString(), head["Content-Length"]);

        using var other = await server.ConnectAsync();
        Assert.Equal(length, (await other.ExchangeAsync("GET /files/unread HTTP/1.1\r\nHost: x\r\n\r\n")).Body.Length);

        Cut(path, 0);
        var (bytes, end) = await sleeper.ReadToEndAsync();
        Assert.Equal(StreamEnd.Reset, end);

        // Two chunks of 64 KiB in the server, what its socket holds, and little in the client's.
        Assert.InRange(bytes.Length, 1, KernelBuffers.LargestSend + (1 * Megabyte));
    }

    [Fact]
    public async Task A_handler_that_does_not_pull_stops_the_client()
    {
        // The receive window of 64 KiB, up to 30 frames that Akka.IO has read already, and the buffers of both sockets.
        // The server's grows with what is read from it, which is little here.
        using var client = await RawClient.ConnectAsync(server.Address, sendBuffer: 64 * 1024);
        await client.SendAsync("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n");
        Assert.InRange(SendUntilBlocked(client.Socket, new byte[64 * 1024], 30_000_000), 64 * 1024, 15_000_000);

        server.Server.System.ActorSelection("/user/actor-http/handlers/patient").Tell("answer");
        var response = await client.ReadResponseAsync();
        Assert.Equal(200, response.Status);
        Assert.Equal("close", response["Connection"]);
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_echo_is_not_read_any_further()
    {
        await using var own = await RunningServer.StartAsync("actor-http.limits.body-size = unlimited");
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024, sendBuffer: 64 * 1024);
        await client.SendAsync($"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {MoreThanSocketsHold}\r\n\r\n");
        Assert.InRange(SendUntilBlocked(client.Socket, new byte[64 * 1024], MoreThanSocketsHold), 64 * 1024, MoreThanSocketsHold - 1);
    }

    [Fact]
    public async Task A_client_that_pipelines_and_does_not_read_is_not_read_any_further()
    {
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024, sendBuffer: 64 * 1024);
        var request = Encoding.ASCII.GetBytes($"GET /echo/{new string('x', 4000)} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.InRange(SendUntilBlocked(client.Socket, request, MoreThanSocketsHold), 64 * 1024, MoreThanSocketsHold - 1);
    }

    private static void Cut(string path, long length)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    // A socket that cannot be written to for so long, on the same machine, belongs to a peer that does not read.
    private static int SendUntilBlocked(Socket socket, byte[] unit, int most)
    {
        var sent = 0;
        socket.Blocking = false;
        try
        {
            while (sent < most && socket.Poll(TimeSpan.FromMilliseconds(700), SelectMode.SelectWrite))
                sent += socket.Send(unit.AsSpan(sent % unit.Length));
        }
        finally
        {
            socket.Blocking = true;
        }

        return sent;
    }

    private static async Task SendChunkedAsync(RawClient client, byte[] body, int size)
    {
        for (var i = 0; i < body.Length; i += size)
        {
            var length = Math.Min(size, body.Length - i);
            await client.SendAsync($"{length:x}\r\n");
            await client.SendAsync(body.AsMemory(i, length));
            await client.SendAsync("\r\n");
        }

        await client.SendAsync("0\r\n\r\n");
    }

    private static async Task<byte[]> HashOfBodyAsync(RawClient client, RawHead head)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await client.ReadBodyAsync(head, "GET", bytes => hash.AppendData(bytes.Span));
        return hash.GetHashAndReset();
    }
}
