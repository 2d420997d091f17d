using ActorHttp.Files.Storage;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>A served folder that is a link, which is switched from one release to the next.</summary>
public sealed class RootSwitchTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _releases = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _releases.Add("r1/file", "one");
        _releases.Add("r1/only", "one");
        _releases.Add("r2/file", "two");
        Switch("r1");
        _server = await RunningServer.StartAsync(
            $"actor-http.directory = \"{_releases["current"]}\", actor-http.files.flush-to-disk = off");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _releases.Dispose();
    }

    [Fact]
    public async Task Every_request_is_about_the_folder_of_its_moment()
    {
        for (var i = 0; i < 10; i++)
        {
            // The first read of each may come from the disk, the second comes from memory.
            Assert.Equal("one", (await _server.GetAsync("file")).Text);
            Assert.Equal("one", (await _server.GetAsync("file")).Text);
            Assert.Equal(200, (await _server.GetAsync("only")).Status);
            Switch("r2");
            Assert.Equal("two", (await _server.GetAsync("file")).Text);
            Assert.Equal("two", (await _server.GetAsync("file")).Text);
            Assert.Equal(404, (await _server.GetAsync("only")).Status);
            Assert.DoesNotContain("only", (await _server.GetAsync("", "Accept: text/plain")).Text);
            Switch("r1");
        }

        Switch("r2");
        Assert.Equal(201, (await _server.PutAsync("new", "x")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "file")).Status);
        Assert.Equal(["current", "r1", "r1/file", "r1/only", "r2", "r2/new"], Entries());
    }

    [Fact]
    public async Task A_folder_that_becomes_a_link_and_one_again_is_followed()
    {
        File.Delete(_releases["current"]);
        Directory.Move(_releases["r1"], _releases["current"]);
        Assert.Equal("one", (await _server.GetAsync("file")).Text);
        Directory.Move(_releases["current"], _releases["r1"]);
        Switch("r2");
        Assert.Equal("two", (await _server.GetAsync("file")).Text);
    }

    [Fact]
    public async Task A_folder_that_is_missing_or_no_folder_is_503_and_back_at_once()
    {
        foreach (var path in new[] { "file", "", "folder/" })
        {
            File.Delete(_releases["current"]);
            await ExpectUnavailableAsync(path);
            File.WriteAllText(_releases["current"], "a file");
            await ExpectUnavailableAsync(path);
            File.Delete(_releases["current"]);
            File.CreateSymbolicLink(_releases["current"], "current");
            await ExpectUnavailableAsync(path);
            File.Delete(_releases["current"]);
            Switch("r1");
            Assert.Equal("one", (await _server.GetAsync("file")).Text);
        }
    }

    [Fact]
    public async Task An_upload_that_began_in_another_folder_is_refused_and_stored_in_neither()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync(FileClient.Request("PUT", "file", 4) + "ne");
        await Until.TrueAsync(() => Entries().Any(UploadFileName), "the upload has begun");
        Switch("r2");
        await client.SendAsync("w!");
        Assert.Equal(409, (await client.ReadResponseAsync("PUT")).Status);
        await Until.TrueAsync(() => !Entries().Any(UploadFileName), "no part is left");
        Assert.Equal("one", File.ReadAllText(_releases["r1/file"]));
        Assert.Equal("two", File.ReadAllText(_releases["r2/file"]));
        Assert.Equal(204, (await _server.PutAsync("file", "new!")).Status);
        Assert.Equal("new!", File.ReadAllText(_releases["r2/file"]));
    }

    [Fact]
    public async Task A_link_inside_that_goes_by_the_configured_name_stays_inside()
    {
        foreach (var release in new[] { "r1", "r2" })
            File.CreateSymbolicLink(_releases[$"{release}/link"], _releases["current/file"]);
        Assert.Equal("one", (await _server.GetAsync("link")).Text);
        Switch("r2");
        Assert.Equal("two", (await _server.GetAsync("link")).Text);
    }

    private static bool UploadFileName(string entry) => entry.Contains(UploadFile.TemporaryPrefix, StringComparison.Ordinal);

    private async Task ExpectUnavailableAsync(string path)
    {
        var answer = await _server.GetAsync(path);
        Assert.Equal(503, answer.Status);
        Assert.NotNull(answer["Retry-After"]);
        Assert.Equal(path.EndsWith('/') || path.Length == 0 ? 405 : 503, (await _server.PutAsync(path, "x")).Status);
        Assert.Equal(503, (await _server.AskAsync("DELETE", path)).Status);
    }

    private IReadOnlyList<string> Entries() =>
        [.. new[] { ".", "r1", "r2" }.SelectMany(folder => Directory.EnumerateFileSystemEntries(_releases[folder]))
            .Select(entry => Path.GetRelativePath(_releases.Path, entry)).Order(StringComparer.Ordinal)];

    private void Switch(string release)
    {
        File.Delete(_releases["current"]);
        File.CreateSymbolicLink(_releases["current"], release);
    }
}
