using System.Security.Cryptography;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>
/// A disk that takes its time: it costs the requests for what is slow, and no others; and answers agree with what is stored.
/// </summary>
public sealed class SlowDiskTests : IDisposable
{
    // A thread of a hanging path is never given back, so these wait in the line until the end.
    private const string Patient = "actor-http.timeouts { handler = 25s, drain = 100ms }";
    private const string Impatient = "actor-http.timeouts { handler = 500ms, drain = 100ms }";

    private readonly TemporaryDirectory _files = new("root");
    private readonly List<RawClient> _clients = [];
    private SlowDisk? _disk;
    private ServerProcess _server = null!;

    public void Dispose()
    {
        _disk?.Open();
        foreach (var client in _clients)
            client.Dispose();
        _server?.Dispose();
        _disk?.Dispose();
        _files.Dispose();
    }

    [CompilerFact]
    public async Task Ten_cold_files_are_read_at_the_same_time()
    {
        for (var i = 0; i < 10; i++)
            _files.Add($"slow-read/{i}", $"bytes {i}");
        await StartAsync(Patient);
        for (var i = 0; i < 10; i++)
            await SendAsync("GET", $"slow-read/{i}");
        await _disk!.WaitingAsync(10);
        _disk.Open();
        for (var i = 0; i < 10; i++)
            Assert.Equal((200, $"bytes {i}"), Seen(await _clients[i].ReadResponseAsync()));
    }

    [CompilerFact]
    public async Task Slow_fsyncs_hold_up_neither_reading_nor_other_writing()
    {
        _files.Add("slow-cold", "the bytes");
        for (var i = 0; i < 8; i++)
            Directory.CreateDirectory(_files[$"slow-fsync-{i}"]);
        await StartAsync(Patient);
        for (var i = 0; i < 8; i++)
            await SendAsync("PUT", $"slow-fsync-{i}/file", "hello");
        await _disk!.WaitingAsync(8);
        await AssertOthersAsync();
        _disk.Open();
        foreach (var client in _clients[..8])
            Assert.Equal(201, (await client.ReadResponseAsync()).Status);
    }

    [CompilerFact]
    public async Task A_hundred_requests_for_a_path_that_hangs_cost_nobody_else()
    {
        _files.Add("slow-cold", "the bytes");
        _files.Add("slow-open-file", "the bytes");
        for (var i = 0; i < 30; i++)
            _files.Add($"share/slow-open-{i}", "the bytes");
        await StartAsync(Patient);
        for (var i = 0; i < 100; i++)
            await SendAsync("GET", "slow-open-file");
        for (var i = 0; i < 30; i++)
            await SendAsync("GET", $"share/slow-open-{i}");

        // Two of the path, half of the threads of the folder.
        await _disk!.WaitingAsync(2 + 12);
        for (var i = 0; i < 40; i++)
            await SendAsync("PUT", "slow-link/file", "hello");
        await _disk.WaitingAsync(2 + 12 + 2);
        await AssertOthersAsync();
        Assert.Equal(2 + 12 + 2, _disk.Waiting);
        _disk.Open();
        foreach (var client in _clients[..100])
            Assert.Equal((200, "the bytes"), Seen(await client.ReadResponseAsync()));
    }

    [CompilerFact]
    public async Task An_upload_whose_fsync_takes_longer_than_a_handler_may_is_answered_when_it_is_stored()
    {
        _files.Add("slow-open", "the bytes");
        Directory.CreateDirectory(_files["slow-fsync"]);
        await StartAsync(Impatient);
        var client = await SendAsync("PUT", "slow-fsync/file", "hello", "If-None-Match: *");
        await _disk!.WaitingAsync(1);
        await OutlastAsync();
        _disk.Open();
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);
        Assert.Equal("hello", File.ReadAllText(_files["slow-fsync/file"]));
    }

    [CompilerFact]
    public async Task A_form_whose_fsync_takes_longer_is_answered_when_its_files_are_stored()
    {
        _files.Add("slow-open", "the bytes");
        Directory.CreateDirectory(_files["slow-fsync"]);
        await StartAsync(Impatient);
        const string form = "--b\r\nContent-Disposition: form-data; name=f; "
            + "filename=one\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=f; filename=two\r\n\r\n2\r\n--b--\r\n";
        var client = await SendAsync("POST", "slow-fsync/", form, "Content-Type: multipart/form-data; boundary=b");
        await _disk!.WaitingAsync(1);
        await OutlastAsync();
        _disk.Open();
        Assert.Equal(201, (await client.ReadResponseAsync()).Status);
        Assert.Equal(["slow-fsync", "slow-fsync/one", "slow-fsync/two", "slow-open"], _files.Entries);
    }

    [CompilerFact]
    public async Task A_rename_and_a_deletion_that_take_longer_are_answered_when_they_are_done()
    {
        _files.Add("slow-open", "the bytes");
        _files.Add("slow-unlink", "the bytes");
        await StartAsync(Impatient);
        var put = await SendAsync("PUT", "slow-rename", "hello");
        var delete = await SendAsync("DELETE", "slow-unlink");
        await _disk!.WaitingAsync(2);
        await OutlastAsync();
        _disk.Open();
        Assert.Equal(201, (await put.ReadResponseAsync()).Status);
        Assert.Equal(204, (await delete.ReadResponseAsync("DELETE")).Status);
        Assert.Equal(["slow-open", "slow-rename"], _files.Entries);
    }

    [CompilerFact]
    public async Task An_upload_that_was_answered_with_an_error_is_never_stored_and_the_retry_succeeds()
    {
        Directory.CreateDirectory(_files["slow-open-folder"]);
        _files.Add("slow-open", "the bytes");
        await StartAsync(Impatient);
        var client = await SendAsync("PUT", "slow-open-folder/file", "hello", "If-None-Match: *");
        await _disk!.WaitingAsync(1);
        Assert.Equal(503, (await client.ReadResponseAsync()).Status);
        _disk.Open();

        // The retry passes through the same writer, behind what is left of the first.
        await Until.TrueAsync(
            async () =>
            {
                using var retry = await RawClient.ConnectAsync(_server.Address);
                var status = (await retry.ExchangeAsync(Request("PUT", "slow-open-folder/file", "again", "If-None-Match: *"))).Status;
                Assert.NotEqual(412, status);
                return status == 201;
            },
            "the retry is stored");
        Assert.Equal("again", File.ReadAllText(_files["slow-open-folder/file"]));
    }

    [CompilerFact]
    public async Task A_commit_that_takes_too_long_is_reset_and_never_answered_with_an_error()
    {
        Directory.CreateDirectory(_files["slow-fsync"]);
        await StartAsync("actor-http.timeouts { handler = 200ms, commit = 500ms, drain = 100ms }");
        var client = await SendAsync("PUT", "slow-fsync/file", "hello");
        await _disk!.WaitingAsync(1);
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Equal((0, StreamEnd.Reset), (bytes.Length, end));
    }

    [CompilerFact]
    public async Task A_line_that_is_full_is_503_with_Retry_After()
    {
        _files.Add("slow-cold", "the bytes");
        _files.Add("slow-open-file", "the bytes");
        await StartAsync(Patient + "\nactor-http.limits.handler-queue = 10");
        for (var i = 0; i < 8; i++)
            await SendAsync("GET", "slow-open-file");

        // Two are inside and five wait. Which of them is the eighth, nobody can say.
        var refused = await await Task.WhenAny(_clients.Select(client => client.ReadResponseAsync()));
        Assert.Equal((503, "1"), (refused.Status, refused["Retry-After"]));
        await AssertOthersAsync();
    }

    [CompilerFact]
    public async Task A_digest_is_computed_once_for_all_who_want_it_though_the_first_leaves_and_then_known()
    {
        var bytes = TemporaryDirectory.Pattern(3 * 1024 * 1024);
        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";
        _files.Add("slow-read", bytes);
        await StartAsync(Patient);
        for (var i = 0; i < 10; i++)
            await SendAsync("HEAD", "slow-read", fields: "Want-Repr-Digest: sha-256=1");
        await _disk!.WaitingAsync(1);
        _clients[0].Die();
        await AssertIdleExceptAsync(1);
        _disk.Open();
        foreach (var client in _clients[1..10])
            Assert.Equal(digest, (await client.ReadResponseAsync("HEAD"))["Repr-Digest"]);
        _disk.Close();
        Assert.Equal(
            digest,
            (await (await SendAsync("HEAD", "slow-read", fields: "Want-Repr-Digest: sha-256=1")).ReadResponseAsync("HEAD"))["Repr-Digest"]);
        Assert.Equal(0, _disk.Waiting);
    }

    [CompilerFact]
    public async Task A_file_that_may_still_be_written_to_has_no_digest()
    {
        _files.Add("file", "the bytes");
        File.SetLastWriteTimeUtc(_files["file"], DateTime.UtcNow.AddDays(-1));
        await StartAsync(Patient);
        var known = await (await SendAsync("GET", "file", fields: "Want-Repr-Digest: sha-256=1")).ReadResponseAsync();
        Assert.StartsWith("sha-256=", known["Repr-Digest"]);
        File.WriteAllText(_files["file"], "the other");
        var fresh = await (await SendAsync("GET", "file", fields: "Want-Repr-Digest: sha-256=1")).ReadResponseAsync();
        Assert.NotEqual(known["Repr-Digest"], fresh["Repr-Digest"]);
        Assert.Equal(fresh["ETag"]!.StartsWith("W/", StringComparison.Ordinal), fresh["Repr-Digest"] is null);
    }

    // All requests have been taken, and no more than these operations wait.
    private async Task AssertIdleExceptAsync(int waiting)
    {
        await AssertOthersAsync(isCold: false);
        Assert.Equal(waiting, _disk!.Waiting);
    }

    private async Task StartAsync(string settings)
    {
        _disk = new SlowDisk();
        _server = await _disk.StartAsync(_files.Path, settings);
    }

    private async Task<RawClient> SendAsync(string method, string path, string? body = null, string fields = "")
    {
        var client = await RawClient.ConnectAsync(_server.Address);
        _clients.Add(client);
        await client.SendAsync(Request(method, path, body, fields));
        return client;
    }

    // An uncached read, a listing, an upload and a deletion.
    private async Task AssertOthersAsync(bool isCold = true)
    {
        using var client = await RawClient.ConnectAsync(_server.Address);
        if (isCold)
            Assert.Equal((200, "the bytes"), Seen(await client.ExchangeAsync(Request("GET", "slow-cold"))));
        Assert.Equal(200, (await client.ExchangeAsync(Request("GET", ""))).Status);
        Assert.Equal(201, (await client.ExchangeAsync(Request("PUT", "new/file", "hello"))).Status);
        Assert.Equal(204, (await client.ExchangeAsync(Request("DELETE", "new/file"), "DELETE")).Status);
    }

    // Longer than a handler may take: a request that was sent just now has been told so.
    private async Task OutlastAsync()
    {
        var client = await SendAsync("GET", "slow-open");
        Assert.Equal(503, (await client.ReadResponseAsync()).Status);
    }

    private static (int Status, string Text) Seen(RawResponse response) => (response.Status, response.Text);

    private static string Request(string method, string path, string? body = null, string fields = "") =>
        $"{method} /files/{path} HTTP/1.1\r\nHost: localhost\r\n{(fields.Length == 0 ? "" : fields + "\r\n")}"
        + (body is null ? "\r\n" : $"Content-Length: {body.Length}\r\n\r\n{body}");
}
