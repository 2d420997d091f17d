using System.Globalization;
using ActorHttp.Files.Storage;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>
/// The server is killed before each step of an upload in turn, and started again. An fsync is no step here: what a process has
/// written outlives it, and only a power failure would tell the difference (DurabilityTests). What a reader finds is the old
/// file or the new
/// one whole, what a client can go on with is what it was told of, and what is left over is removed with its age.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const string Old = "the old bytes";
    private const string New = "the new bytes, which are more";
    private const string PartType = "Content-Type: application/partial-upload";

    // More than any upload has.
    private const int MostSteps = 20;

    private readonly TemporaryDirectory _files = new("root");
    private readonly SlowDisk _disk = new();
    private ServerProcess _server = null!;

    public CrashTests() => _disk.Open();

    public void Dispose()
    {
        _server?.Dispose();
        _disk.Dispose();
        _files.Dispose();
    }

    [CompilerFact]
    public async Task A_file_is_the_old_one_or_the_new_one_whole()
    {
        await KillBeforeEachStepAsync(
            async (file, step) =>
            {
                _files.Add(file, Old);
                _disk.KillBefore(step);
                return (await StatusAsync(Request("PUT", file, New)), "");
            },
            (file, status, _) => CheckBytesAsync(file, status == 204));
    }

    [CompilerFact]
    public async Task An_upload_whose_address_was_told_can_be_taken_up_again()
    {
        await KillBeforeEachStepAsync(
            async (file, step) =>
            {
                _disk.KillBefore(step);
                return await BeginAsync(file, "Upload-Complete: ?0");
            },
            async (file, status, upload) =>
            {
                Assert.False(File.Exists(_files[file]));
                if (upload.Length > 0)
                    await FinishAsync(file, upload, least: status == 201 ? 4 : 0);
            });
    }

    [CompilerFact]
    public async Task The_last_part_of_an_upload_completes_it_or_leaves_it()
    {
        // It also tells the length, which is written into the ticket.
        await KillBeforeEachStepAsync(
            async (file, step) =>
            {
                var (_, upload) = await BeginAsync(file, "Upload-Complete: ?0");
                _files.Add(file, Old);
                _disk.KillBefore(step);
                return (
                    await StatusAsync(Request("PATCH", upload, New[4..], $"{PartType}\r\nUpload-Complete: ?1\r\nUpload-Offset: 4")),
                    upload);
            },
            async (file, status, upload) =>
            {
                await CheckBytesAsync(file, status == 204);
                if (File.ReadAllText(_files[file]) == Old)
                    await FinishAsync(file, upload, least: 4);
                else
                    Assert.Equal(404, await StatusAsync(Request("HEAD", upload)));
            });
    }

    // The server that looks at what one crash has left is the victim of the next.
    private async Task KillBeforeEachStepAsync(
        Func<string, int, Task<(int Status, string Upload)>> work, Func<string, int, string, Task> checkAsync)
    {
        _server = await _disk.StartAsync(_files.Path);
        for (var step = 1; ; step++)
        {
            Assert.InRange(step, 1, MostSteps);
            var file = step.ToString(CultureInfo.InvariantCulture);
            var (status, upload) = await work(file, step);
            _disk.Heal();

            // The work has fewer steps, and is done.
            if (status != 0 && !await IsKilledAsync())
            {
                Assert.InRange(step, 7, MostSteps);
                await checkAsync(file, status, upload);
                break;
            }

            await _server.ExitAsync();
            _server.Dispose();
            _server = null!;
            _server = await _disk.StartAsync(_files.Path);
            await checkAsync(file, status, upload);
        }

        // Whatever is left over is of those that removed nothing, and goes with its age.
        using var folder = FileRoot.At(_files.Path).OpenFolder(FileRoot.At(_files.Path).Place)!;
        foreach (var name in _files.Entries.Where(name => !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            Assert.True(UploadFile.IsLeft(folder, name, DateTimeOffset.UtcNow.AddHours(1)), name);
        _server.Dispose();
        _server = null!;
        _server = await _disk.StartAsync(_files.Path, "actor-http.files.upload-expiry = 1ms");
        await Until.TrueAsync(() => _files.Entries.All(name => !UploadFile.IsTemporary(name)), "what is left over is removed");
    }

    // An answer that was sent and a server that is killed behind it look alike for a moment.
    private async Task<bool> IsKilledAsync()
    {
        try
        {
            using var client = await RawClient.ConnectAsync(_server.Address);
            return (await client.ExchangeAsync(Request("GET", ""))).Status != 200;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or EndOfStreamException)
        {
            return true;
        }
    }

    private async Task CheckBytesAsync(string file, bool isNew)
    {
        using var client = await RawClient.ConnectAsync(_server.Address);
        var response = await client.ExchangeAsync(Request("GET", file));
        Assert.Equal(200, response.Status);
        if (isNew)
            Assert.Equal(New, response.Text);
        else
            Assert.Contains(response.Text, new[] { Old, New });
    }

    // The upload says how far it has come, that is there, and the rest completes it.
    private async Task FinishAsync(string file, string upload, int least)
    {
        using var client = await RawClient.ConnectAsync(_server.Address);
        var state = await client.ExchangeAsync(Request("HEAD", upload), "HEAD");
        Assert.Equal(204, state.Status);
        var offset = int.Parse(state["Upload-Offset"]!, CultureInfo.InvariantCulture);
        Assert.InRange(offset, least, New.Length);
        if (state["Upload-Length"] is { } length)
            Assert.Equal(New.Length.ToString(CultureInfo.InvariantCulture), length);
        Assert.InRange(
            await StatusAsync(
                Request(
                    "PATCH",
                    upload,
                    New[offset..],
                    $"{PartType}\r\nUpload-Complete: ?1\r\nUpload-Offset: {offset}\r\nUpload-Length: {New.Length}")),
            201,
            204);
        await CheckBytesAsync(file, isNew: true);
    }

    private async Task<(int Status, string Upload)> BeginAsync(string file, string fields)
    {
        var heads = await HeadsAsync(Request("PUT", file, New[..4], fields));
        return (
            heads.FirstOrDefault(head => head.Status >= 200)?.Status ?? 0,
            heads.Select(head => head["Location"]).FirstOrDefault(location => location is not null) ?? "");
    }

    private async Task<int> StatusAsync(string request) =>
        (await HeadsAsync(request)).FirstOrDefault(head => head.Status >= 200)?.Status ?? 0;

    // All that the server has said before it ended the connection, or was killed.
    private async Task<List<RawHead>> HeadsAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(_server.Address);
        await client.SendAsync(request);
        client.FinishSending();
        var (bytes, _) = await client.ReadToEndAsync();
        var parts = System.Text.Encoding.Latin1.GetString(bytes).Split("\r\n\r\n");
        return [.. parts.Where(part => part.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)).Select(RawHead.Parse)];
    }

    private static string Request(string method, string path, string? body = null, string fields = "") =>
        $"{method} /files/{path} HTTP/1.1\r\nHost: localhost\r\n{(fields.Length == 0 ? "" : fields + "\r\n")}"
        + (body is null ? "\r\n" : $"Content-Length: {body.Length}\r\n\r\n{body}");
}
