using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Uploads that survive the network, after draft-ietf-httpbis-resumable-upload.</summary>
[Trait("RFC", "draft-ietf-httpbis-resumable-upload")]
public sealed class ResumableUploadTests : IAsyncLifetime
{
    private const string Partial = "Content-Type: application/partial-upload";

    private readonly byte[] _bytes = TemporaryDirectory.Pattern(300_000);
    private RunningServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync("actor-http.files { flush-to-disk = off, body-size = 30MiB }");

    public async Task DisposeAsync()
    {
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "no transfer goes on");
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_upload_that_breaks_off_is_resumed_where_it_broke()
    {
        var location = await BreakOffAsync(100_000);
        var state = await _server.AskAsync("HEAD", location);
        Assert.Equal(
            (204, "100000", "?0", "300000", "no-store"),
            (state.Status, state["Upload-Offset"], state["Upload-Complete"], state["Upload-Length"], state["Cache-Control"]));
        Assert.Contains("max-age=86400", state["Upload-Limit"]);
        Assert.Equal(404, (await _server.GetAsync("file")).Status);
        var done = await PatchAsync(location, 100_000, _bytes[100_000..]);
        Assert.Equal((201, "?1", "file"), (done.Status, done["Upload-Complete"], done["Location"]));
        Assert.Equal(_bytes, (await _server.GetAsync("file")).Body);
        Assert.Equal(["file"], _server.Files.Entries);
        Assert.Equal(404, (await _server.AskAsync("HEAD", location)).Status);
    }

    [Fact]
    public async Task One_that_is_not_broken_is_told_where_it_could_go_on_and_then_its_end()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(FileClient.Request("PUT", "file", 3, "Upload-Complete: ?1", "Expect: 100-continue"));
        var support = await client.ReadAnyHeadAsync();
        Assert.Equal(104, support.Status);
        Assert.Matches("^file\\?upload=[0-9a-f]{32}$", support["Location"]);
        Assert.Equal("max-size=31457280, max-age=86400", support["Upload-Limit"]);
        Assert.Equal(100, (await client.ReadAnyHeadAsync()).Status);
        await client.SendAsync("abc");
        var done = await client.ReadResponseAsync();
        Assert.Equal((201, "?1"), (done.Status, done["Upload-Complete"]));
        Assert.Equal(["file"], _server.Files.Entries);
    }

    [Fact]
    public async Task A_file_may_come_in_parts()
    {
        var begun = await _server.AskAsync("PUT", "file", [], "Upload-Complete: ?0");
        Assert.Equal((201, "0", "?0"), (begun.Status, begun["Upload-Offset"], begun["Upload-Complete"]));
        var location = begun["Location"]!;
        var part = await PatchAsync(location, 0, _bytes[..1000], completes: false);
        Assert.Equal((204, "1000", "?0"), (part.Status, part["Upload-Offset"], part["Upload-Complete"]));
        Assert.Equal(204, (await PatchAsync(location, 1000, _bytes[1000..], completes: false)).Status);
        Assert.Equal(201, (await PatchAsync(location, _bytes.Length, [])).Status);
        Assert.Equal(_bytes, File.ReadAllBytes(_server.Files["file"]));
    }

    [Fact]
    public async Task An_offset_that_is_not_the_uploads_is_409_and_says_the_right_one()
    {
        var location = await BreakOffAsync(1000);
        var response = await PatchAsync(location, 900, _bytes[900..]);
        Assert.Equal((409, "1000", "application/problem+json"), (response.Status, response["Upload-Offset"], response["Content-Type"]));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal(
            "https://iana.org/assignments/http-problem-types#mismatching-upload-offset",
            problem.RootElement.GetProperty("type").GetString());
        Assert.Equal(1000, problem.RootElement.GetProperty("expected-offset").GetInt64());
        Assert.Equal(900, problem.RootElement.GetProperty("provided-offset").GetInt64());
        Assert.Equal(201, (await PatchAsync(location, 1000, _bytes[1000..])).Status);
    }

    [Theory]
    [InlineData(1000, 5000, true)]
    [InlineData(1000, 299_001, false)]
    public async Task Lengths_that_do_not_agree_are_400(int offset, int length, bool completes)
    {
        var location = await BreakOffAsync(offset);
        var response = await PatchAsync(location, offset, new byte[length], completes);
        Assert.Equal((400, "application/problem+json"), (response.Status, response["Content-Type"]));
        Assert.Contains("#inconsistent-upload-length", response.Text);
        Assert.Equal("1000", (await _server.AskAsync("HEAD", location))["Upload-Offset"]);
    }

    [Theory]
    [InlineData("Upload-Complete: ?1", 400)]
    [InlineData("Upload-Offset: 1000", 400)]
    [InlineData("Upload-Offset: x\r\nUpload-Complete: ?1", 400)]
    [InlineData("Upload-Offset: 1000\r\nUpload-Complete: 1", 400)]
    [InlineData("Upload-Offset: 1000\r\nUpload-Complete: ?1\r\nContent-Digest: sha-256", 400)]
    public async Task A_part_must_say_where_it_belongs(string fields, int status)
    {
        var location = await BreakOffAsync(1000);
        Assert.Equal(status, (await _server.AskAsync("PATCH", location, [1], Partial, fields)).Status);
        var untyped = await _server.AskAsync("PATCH", location, [1], "Upload-Offset: 1000", "Upload-Complete: ?1");
        Assert.Equal((415, "application/partial-upload"), (untyped.Status, untyped["Accept-Patch"]));
    }

    [Fact]
    public async Task Who_has_no_upload_of_that_file_gets_404()
    {
        var location = await BreakOffAsync(1000);
        var id = location.Split('=')[1];
        foreach (
            var path in new[]
            {
                $"other?upload={id}",
                $"file?upload={id[1..]}",
                "file?upload=",
                $"file?upload={new string('0', 32)}",
                "file?upload=../../x",
            })
        {
            Assert.Equal(404, (await _server.AskAsync("HEAD", path)).Status);
            Assert.Equal(404, (await PatchAsync(path, 0, [1])).Status);
            Assert.Equal(404, (await _server.AskAsync("DELETE", path)).Status);
        }

        var plain = await PatchAsync("file", 0, [1]);
        Assert.Equal((405, "GET, HEAD, POST, PUT, DELETE, OPTIONS"), (plain.Status, plain["Allow"]));
        Assert.Equal("1000", (await _server.AskAsync("HEAD", location))["Upload-Offset"]);
    }

    [Fact]
    public async Task An_upload_can_be_given_up()
    {
        var location = await BreakOffAsync(1000);
        Assert.Equal(204, (await _server.AskAsync("DELETE", location)).Status);
        Assert.Equal(404, (await _server.AskAsync("HEAD", location)).Status);
        Assert.Empty(_server.Files.Entries);
    }

    [Fact]
    public async Task Who_comes_again_takes_the_upload_over_from_a_connection_that_hangs()
    {
        using var hanging = await _server.ConnectAsync();
        await hanging.SendAsync(FileClient.Request("PUT", "file", _bytes.Length, "Upload-Complete: ?1"));
        var location = (await hanging.ReadAnyHeadAsync())["Location"]!;
        await hanging.SendAsync(_bytes.AsMemory(0, 1000));
        await Until.TrueAsync(() => Part() is { Length: 1000 }, "what was sent has come");
        Assert.Equal("1000", (await _server.AskAsync("HEAD", location))["Upload-Offset"]);
        Assert.Equal(409, (await hanging.ReadResponseAsync()).Status);
        Assert.Equal(201, (await PatchAsync(location, 1000, _bytes[1000..])).Status);
        Assert.Equal(_bytes, File.ReadAllBytes(_server.Files["file"]));
    }

    [Fact]
    public async Task The_conditions_of_the_beginning_hold_at_the_end()
    {
        var location = await BreakOffAsync(1000, "If-None-Match: *");
        Assert.Equal(201, (await _server.PutAsync("file", "faster")).Status);
        var response = await PatchAsync(location, 1000, _bytes[1000..]);
        Assert.Equal((412, "?1"), (response.Status, response["Upload-Complete"]));
        Assert.Equal("faster", File.ReadAllText(_server.Files["file"]));
        Assert.Equal(["file"], _server.Files.Entries);
    }

    [Theory]
    [InlineData(true, 201)]
    [InlineData(false, 400)]
    public async Task The_digest_of_the_beginning_is_that_of_the_whole(bool isRight, int status)
    {
        var digest = SHA256.HashData(isRight ? _bytes : [1]);
        var location = await BreakOffAsync(1000, $"Repr-Digest: sha-256=:{Convert.ToBase64String(digest)}:");
        Assert.Equal(status, (await PatchAsync(location, 1000, _bytes[1000..])).Status);
        Assert.Equal(isRight ? ["file"] : [], _server.Files.Entries);
    }

    [Fact, Trait("RFC", "9530 §2")]
    public async Task A_part_that_is_not_what_its_digest_says_is_taken_back()
    {
        var location = await BreakOffAsync(1000);
        var wrong = $"Content-Digest: sha-256=:{Convert.ToBase64String(SHA256.HashData([1]))}:";
        Assert.Equal(400, (await PatchAsync(location, 1000, _bytes[1000..2000], completes: false, wrong)).Status);
        Assert.Equal("1000", (await _server.AskAsync("HEAD", location))["Upload-Offset"]);
        var right = $"Content-Digest: sha-256=:{Convert.ToBase64String(SHA256.HashData(_bytes[1000..]))}:";
        Assert.Equal(201, (await PatchAsync(location, 1000, _bytes[1000..], completes: true, right)).Status);
    }

    [Fact]
    public async Task The_cap_is_that_of_the_whole_file()
    {
        var begun = await _server.AskAsync("PUT", "file", [], "Upload-Complete: ?0", $"Upload-Length: {(30 * 1024 * 1024) + 1}");
        Assert.Equal((413, "max-size=31457280, max-age=86400"), (begun.Status, begun["Upload-Limit"]));
        var location = (await _server.AskAsync("PUT", "file", [], "Upload-Complete: ?0"))["Location"]!;
        Assert.Equal(204, (await PatchAsync(location, 0, new byte[20 * 1024 * 1024], completes: false)).Status);
        Assert.Equal(413, (await PatchAsync(location, 20 * 1024 * 1024, new byte[(10 * 1024 * 1024) + 1])).Status);
    }

    [Fact]
    public async Task A_long_upload_hears_how_far_it_has_come()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(FileClient.Request("PUT", "long", 20 * 1024 * 1024, "Upload-Complete: ?1"));
        var sending = client.SendAsync(new byte[20 * 1024 * 1024]);
        var offsets = new List<long>();
        RawHead head;
        while ((head = await client.ReadAnyHeadAsync()).Status == 104)
            offsets.Add(long.Parse(head["Upload-Offset"] ?? "0", CultureInfo.InvariantCulture));
        await sending;
        Assert.Equal(201, head.Status);
        Assert.Equal(3, offsets.Count);
        Assert.True(offsets[0] == 0 && offsets[1] >= 8 * 1024 * 1024 && offsets[2] >= 16 * 1024 * 1024, string.Join(' ', offsets));
    }

    [Fact]
    public async Task A_client_of_HTTP_1_0_is_told_nothing_before_the_answer()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync("PUT /files/file HTTP/1.0\r\nUpload-Complete: ?1\r\nContent-Length: 1\r\n\r\nx");
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task What_was_left_is_taken_up_by_the_next_server_and_removed_when_it_is_too_old()
    {
        var location = await BreakOffAsync(1000);
        var old = await BreakOffAsync(2000, "X: y");
        _server.Files.Add("folder/.actor-http-upload-killed", "x");
        foreach (
            var name in _server.Files.Entries.Where(
                name => name.StartsWith(UploadFile.TemporaryName(old.Split('=')[1]), StringComparison.Ordinal)
                    || name.EndsWith("killed", StringComparison.Ordinal)))
        {
            File.SetLastWriteTimeUtc(_server.Files[name], DateTime.UtcNow.AddHours(-25));
        }

        await using var next = await RunningServer.StartAsync($"actor-http.directory = \"{_server.Files.Path}\"");
        await Until.TrueAsync(
            () => _server.Files.Entries.Count == 3, "what is too old is removed: " + string.Join(' ', _server.Files.Entries));
        Assert.Equal(404, (await next.AskAsync("HEAD", old)).Status);
        Assert.Equal("1000", (await next.AskAsync("HEAD", location))["Upload-Offset"]);
        var done = await next.AskAsync("PATCH", location, _bytes[1000..], Partial, "Upload-Offset: 1000", "Upload-Complete: ?1");
        Assert.Equal(201, done.Status);
        Assert.Equal(_bytes, File.ReadAllBytes(_server.Files["file"]));
    }

    // Sends so many bytes, waits until they are there, and dies. Answers where to go on.
    private async Task<string> BreakOffAsync(int count, params string[] fields)
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(FileClient.Request("PUT", "file", _bytes.Length, ["Upload-Complete: ?1", .. fields]));
        var location = (await client.ReadAnyHeadAsync())["Location"]!;
        await client.SendAsync(_bytes.AsMemory(0, count));
        await Until.TrueAsync(() => Part(location) is { } part && part.Length == count, "what was sent has come");
        client.Die();
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "the server has seen that the client is gone");
        return location;
    }

    private FileInfo? Part(string? location = null) =>
        new DirectoryInfo(_server.Files.Path).EnumerateFiles(".actor-http-upload-*").FirstOrDefault(
            part => !part.Name.Contains(".json", StringComparison.Ordinal)
                && (location is null || part.Name == UploadFile.TemporaryName(location.Split('=')[1])));

    private Task<RawResponse> PatchAsync(string location, long offset, byte[] bytes, bool completes = true, params string[] fields) =>
        _server.AskAsync(
            "PATCH", location, bytes, [Partial, $"Upload-Offset: {offset}", $"Upload-Complete: {(completes ? "?1" : "?0")}", .. fields]);
}
