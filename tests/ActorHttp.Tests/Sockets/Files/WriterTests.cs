using System.Security.Cryptography;
using System.Text;
using ActorHttp.Tests.Files;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>One writer for each place: what is promised to those who write at the same time.</summary>
public sealed class WriterTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync("actor-http.files { flush-to-disk = off, body-size = 1MiB }");

    public async Task DisposeAsync()
    {
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "no actor of an idle place is left");
        Assert.DoesNotContain(_server.Files.Entries, name => name.Contains("actor-http-upload", StringComparison.Ordinal));
        await _server.DisposeAsync();
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Of_those_who_replace_the_same_version_one_wins(int count)
    {
        for (var round = 0; round < 5; round++)
        {
            _server.Files.Add("race", "0000");
            var tag = (await _server.GetAsync("race"))["ETag"];
            var answers = await Task.WhenAll(
                Enumerable.Range(1, count).Select(i => _server.PutAsync("race", $"{i:0000}", $"If-Match: {tag}")));
            var won = Assert.Single(answers, answer => answer.Status == 204);
            Assert.Equal(count - 1, answers.Count(answer => answer.Status == 412));
            var now = await _server.GetAsync("race");
            Assert.Equal(won["ETag"], now["ETag"]);
            Assert.Equal($"{Array.IndexOf(answers, won) + 1:0000}", now.Text);
        }
    }

    [Fact, Trait("RFC", "9110 §13.1.2")]
    public async Task Of_those_who_create_one_wins_whatever_name_they_use()
    {
        _server.Files.Add("folder/x", "x");
        Directory.CreateSymbolicLink(_server.Files["alias"], "folder");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => _server.PutAsync(i % 2 == 0 ? "folder/new" : "alias/new", $"{i}", "If-None-Match: *")));
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.Equal(19, answers.Count(answer => answer.Status == 412));
    }

    [Fact]
    public async Task Of_a_hundred_writers_the_file_is_one_of_theirs_and_whole_at_every_moment()
    {
        var bodies = Enumerable.Range(1, 100).Select(i => new string((char)('a' + (i % 26)), i * 50)).ToArray();
        _server.Files.Add("file", bodies[0]);
        var known = bodies.ToHashSet();
        var writing = Task.WhenAll(bodies.Select(body => _server.PutAsync("file", body)));
        do
        {
            Assert.Contains((await _server.GetAsync("file")).Text, known);
        }
        while (!writing.IsCompleted);

        Assert.All(await writing, answer => Assert.Equal(204, answer.Status));
        Assert.Contains((await _server.GetAsync("file")).Text, known);
    }

    [Fact, Trait("RFC", "9110 §8.8.1")]
    public async Task Writes_of_one_size_in_a_row_have_tags_of_their_own_and_get_knows_them()
    {
        var tags = new HashSet<string?>();
        using var client = await _server.ConnectAsync();
        for (var i = 0; i < 200; i++)
        {
            var put = await client.ExchangeAsync(FileClient.Request("PUT", "tick", 4) + $"{i:0000}");
            Assert.True(tags.Add(put["ETag"]));
            Assert.Equal(put["ETag"], (await client.ExchangeAsync(FileClient.Request("GET", "tick", null)))["ETag"]);
        }
    }

    [Fact]
    public async Task A_read_does_not_wait_for_a_write_that_has_got_stuck()
    {
        _server.Files.Add("file", "old");
        using var stuck = await _server.ConnectAsync();
        await stuck.SendAsync(FileClient.Request("PUT", "file", 10) + "half");
        await Until.TrueAsync(() => _server.Files.Entries.Count == 2, "the upload has begun");
        Assert.Equal("old", (await _server.GetAsync("file")).Text);
        Assert.Equal(204, (await _server.PutAsync("file", "new")).Status);
        await stuck.SendAsync(" late!");
        Assert.Equal(204, (await stuck.ReadResponseAsync()).Status);
        Assert.Equal("half late!", (await _server.GetAsync("file")).Text);
    }

    [Fact]
    public async Task A_deletion_has_conditions_too()
    {
        _server.Files.Add("file", "x");
        var tag = (await _server.GetAsync("file"))["ETag"];
        Assert.Equal(412, (await _server.AskAsync("DELETE", "file", null, "If-Match: \"other\"")).Status);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => i % 2 == 0
            ? _server.AskAsync("DELETE", "file", null, $"If-Match: {tag}")
            : _server.PutAsync("file", "new", $"If-Match: {tag}")));
        Assert.Single(answers, answer => answer.Status == 204);
    }

    [Theory, Trait("RFC", "9530 §2")]
    [InlineData("Repr-Digest", "sha-256", true, 201)]
    [InlineData("Repr-Digest", "sha-512", true, 201)]
    [InlineData("Content-Digest", "sha-256", true, 201)]
    [InlineData("Repr-Digest", "sha-256", false, 400)]
    [InlineData("Content-Digest", "sha-512", false, 400)]
    [InlineData("Repr-Digest", "md5", false, 201)]
    public async Task Bytes_that_are_not_what_their_digest_says_are_not_stored(string field, string algorithm, bool isRight, int status)
    {
        var body = Encoding.UTF8.GetBytes("the bytes");
        var digest = algorithm == "sha-512" ? SHA512.HashData(body) : SHA256.HashData(body);
        if (!isRight)
            digest[0]++;
        var response = await _server.AskAsync("PUT", "digest", body, $"{field}: {algorithm}=:{Convert.ToBase64String(digest)}:");
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 201, File.Exists(_server.Files["digest"]));
    }

    [Theory, Trait("RFC", "9530 §2")]
    [InlineData("sha-256=:short:")]
    [InlineData("sha-256")]
    [InlineData("sha-256=:AAAA")]
    public async Task A_digest_that_is_none_is_400(string value)
    {
        Assert.Equal(400, (await _server.PutAsync("digest", "x", $"Repr-Digest: {value}")).Status);
        Assert.Equal(400, (await _server.PutAsync("digest", "x", $"Content-Digest: {value}")).Status);
        Assert.Empty(_server.Files.Entries);
    }

    [Fact, Trait("RFC", "9110 §8.4")]
    public async Task Bytes_in_a_coding_are_415_because_a_file_would_forget_it()
    {
        var response = await _server.PutAsync("coded", "x", "Content-Encoding: gzip");
        Assert.Equal((415, "identity"), (response.Status, response["Accept-Encoding"]));
        Assert.Equal(201, (await _server.PutAsync("plain", "x", "Content-Encoding: identity")).Status);
        Assert.Equal(["plain"], _server.Files.Entries);
    }

    [Fact, Trait("RFC", "9530 §4")]
    public async Task An_upload_is_told_its_digest_if_it_wants()
    {
        var response = await _server.PutAsync("digest", "x", "Want-Repr-Digest: sha-256=1");
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData("x"u8))}:", response["Repr-Digest"]);
    }

    [Fact]
    public async Task The_cap_is_413_before_the_body_and_in_the_middle_of_one()
    {
        using var client = await _server.ConnectAsync();
        Assert.Equal(413, (await client.ExchangeAsync(FileClient.Request("PUT", "big", (1024 * 1024) + 1, "Expect: 100-continue"))).Status);
        using var chunked = await _server.ConnectAsync();
        await chunked.SendAsync(FileClient.Request("PUT", "big", null, "Transfer-Encoding: chunked")[..^2] + "\r\n110000\r\n");
        await chunked.SendAsync(new byte[0x110000]);
        Assert.Equal(413, (await chunked.ReadResponseAsync()).Status);

        // It is the connection that says so; the upload hears of it when the client does.
        await Until.TrueAsync(() => _server.Files.Entries.Count == 0, "no part is left");
    }

    [Fact]
    public async Task Folders_are_not_made_where_that_is_off()
    {
        await using var other = await RunningServer.StartAsync("actor-http.files.create-folders = off");
        Assert.Equal(409, (await other.PutAsync("a/b", "x")).Status);
        Assert.Equal(201, (await other.PutAsync("b", "x")).Status);
        Assert.Equal(["b"], other.Files.Entries);
    }

    [MountFact]
    public async Task Space_that_uploads_leave_free_is_507_before_the_body_and_as_soon_as_it_is_reached()
    {
        await using var other = await RunningServer.StartAsync("actor-http.files { min-free-space = 128KiB, chunk-size = 4KiB }");
        using var disk = new SmallDisk(other.Files["disk"], 256);
        other.Files.Add("disk/kept", "old");
        using var client = await other.ConnectAsync();
        Assert.Equal(507, (await client.ExchangeAsync(FileClient.Request("PUT", "disk/kept", 200 * 1024, "Expect: 100-continue"))).Status);
        using var chunked = await other.ConnectAsync();
        await chunked.SendAsync(FileClient.Request("PUT", "disk/kept", null, "Transfer-Encoding: chunked") + "32000\r\n");
        await chunked.SendAsync(new byte[0x32000]);
        Assert.Equal(507, (await chunked.ReadResponseAsync()).Status);
        Assert.Equal(507, (await other.AskAsync("PUT", "disk/kept", new byte[200 * 1024], "Upload-Complete: ?0")).Status);
        Assert.Equal("old", (await other.GetAsync("disk/kept")).Text);
        Assert.Equal(204, (await other.AskAsync("PUT", "disk/kept", new byte[64 * 1024])).Status);
        Assert.Equal(["disk", "disk/kept"], other.Files.Entries);
        Assert.Equal(204, (await other.AskAsync("DELETE", "disk/kept")).Status);
    }
}
