using System.Security.Cryptography;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>A file is closed when its request has to wait: for a digest that is computed already, or for its turn.</summary>
public sealed class ClosedFileTests : IAsyncLifetime
{
    private const int Large = 128 * 1024 * 1024;

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync("actor-http.files.digest-size = 256MiB");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact, Trait("RFC", "9530 §3")]
    public async Task Requests_that_wait_for_a_digest_hold_no_file_open()
    {
        // Sparse, so that only the digest takes time; and old, because a file that may still be written to has no digest.
        foreach (var name in new[] { "one", "two" })
        {
            using (var file = File.Create(_server.Files[name]))
                file.SetLength(Large);
            File.SetLastWriteTimeUtc(_server.Files[name], DateTime.UtcNow.AddHours(-1));
        }

        // The first request computes. The others wait for its digest, and those for the second file for room.
        string[] names = ["one", "one", "one", "two", "two"];
        var clients = new List<RawClient>();
        foreach (var name in names)
        {
            var client = await _server.ConnectAsync();
            clients.Add(client);
            await client.SendAsync($"HEAD /files/{name} HTTP/1.1\r\nHost: x\r\nWant-Repr-Digest: sha-256=1\r\n\r\n");
        }

        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(new byte[Large]))}:";
        foreach (var client in clients)
            Assert.Equal(digest, (await client.ReadResponseAsync("HEAD"))["Repr-Digest"]);
        await _server.ExpectGivenBackAsync();
    }

    [Fact]
    public async Task Downloads_that_wait_for_their_turn_hold_no_file_open()
    {
        const int Requests = 4;
        var bytes = TemporaryDirectory.Pattern(2 * 1024 * 1024);
        _server.Files.Add("large", bytes);
        using var client = await _server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Repeat("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n", Requests)));
        for (var i = 0; i < Requests; i++)
            Assert.Equal(bytes, (await client.ReadResponseAsync()).Body);
        await _server.ExpectGivenBackAsync();
    }
}
