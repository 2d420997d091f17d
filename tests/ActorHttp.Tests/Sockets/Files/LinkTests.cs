namespace ActorHttp.Tests.Sockets.Files;

/// <summary>The table of docs/files.md: what each method does with each kind of symbolic link.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    /// <summary>A name; what GET, PUT and DELETE answer; and what DELETE removes, where it removes anything.</summary>
    public static TheoryData<string, int, int, int, string> Table => new()
    {
        { "to-file", 200, 204, 204, "to-file" },
        { "to-file/", 404, 405, 404, "" },
        { "to-file/below", 404, 409, 404, "" },
        { "absolute", 200, 204, 204, "absolute" },
        { "chain", 200, 204, 204, "chain" },
        { "to-folder", 301, 409, 204, "to-folder" },
        { "to-folder/", 200, 405, 204, "to-folder" },
        { "to-folder/file", 200, 204, 204, "folder/file" },
        { "to-folder/link", 200, 204, 204, "folder/link" },
        { "dangling", 404, 201, 204, "dangling" },
        { "dangling/", 404, 405, 404, "" },
        { "dangling/below", 404, 201, 404, "" },
        { "self", 404, 404, 204, "self" },
        { "circle", 404, 404, 204, "circle" },
        { "circle/below", 404, 404, 404, "" },
        { "out", 404, 404, 204, "out" },
        { "out-absolute", 404, 404, 204, "out-absolute" },
        { "out-chain", 404, 404, 204, "out-chain" },
        { "out-folder", 404, 404, 204, "out-folder" },
        { "out-folder/", 404, 405, 404, "" },
        { "out-folder/secret", 404, 404, 404, "" },
        { "out-folder/new", 404, 404, 404, "" },
    };

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync("actor-http.files.flush-to-disk = off");
        _server.Files.Add("folder/file", "inside");
        _server.Files.Add("../outside/secret", "the secret");
        Link("to-file", "folder/file");
        Link("absolute", _server.Files["folder/file"]);
        Link("chain", "to-folder/link");
        Link("to-folder", "folder");
        Link("folder/link", "file");
        Link("dangling", "nothing");
        Link("self", "self");
        Link("circle", "circle-2");
        Link("circle-2", "circle");
        Link("out", "../outside/secret");
        Link("out-absolute", _server.Files["../outside/secret"]);
        Link("out-chain", "out");
        Link("out-folder", "../outside");
    }

    public async Task DisposeAsync()
    {
        Assert.Equal("the secret", File.ReadAllText(_server.Files["../outside/secret"]));
        Assert.Single(Directory.GetFileSystemEntries(_server.Files["../outside"]));
        await _server.DisposeAsync();
    }

    [Theory, MemberData(nameof(Table))]
    public async Task A_link_is_read_and_written_through_and_removed_itself(string name, int get, int put, int delete, string removed)
    {
        Assert.Equal(get, (await _server.GetAsync(name)).Status);
        Assert.Equal(get, (await _server.AskAsync("HEAD", name)).Status);

        // Twice, as the second read comes from memory.
        Assert.Equal(get, (await _server.GetAsync(name)).Status);
        var before = Entries();
        Assert.Equal(delete, (await _server.AskAsync("DELETE", name)).Status);
        Assert.Equal(removed.Length == 0 ? before : before.Where(entry => entry != removed), Entries());
        await DisposeAsync();
        await InitializeAsync();
        Assert.Equal(put, (await _server.PutAsync(name, "new bytes")).Status);

        // A link stays a link, and what it leads to is what was written.
        Assert.Equal(before, Entries().Where(entry => !entry.StartsWith("nothing", StringComparison.Ordinal)));
        if (put < 300)
            Assert.Equal("new bytes", (await _server.GetAsync(name)).Text);

        // To a folder's name a form can be posted, and nothing else.
        Assert.Equal(
            put switch { < 300 => 201, 405 => 415, _ => put }, (await _server.AskAsync("POST", name, "posted"u8.ToArray())).Status);
        Assert.Equal(put < 300 ? "posted" : "inside", File.ReadAllText(name.StartsWith("dangling", StringComparison.Ordinal) && put < 300
            ? _server.Files["nothing" + name["dangling".Length..]]
            : _server.Files["folder/file"]));
    }

    [Fact]
    public async Task A_listing_shows_the_links_that_lead_to_something_inside()
    {
        var listing = await _server.GetAsync("", "Accept: application/json");
        foreach (var name in new[] { "to-file", "absolute", "chain", "to-folder", "folder" })
            Assert.Contains($"\"{name}\"", listing.Text);
        foreach (var name in new[] { "dangling", "self", "circle", "out" })
            Assert.DoesNotContain($"\"name\":\"{name}", listing.Text.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public async Task The_conditions_of_a_deletion_are_about_the_bytes_that_the_link_shows()
    {
        var tag = (await _server.GetAsync("to-file"))["ETag"];
        Assert.Equal(204, (await _server.PutAsync("folder/file", "other bytes")).Status);
        Assert.Equal(412, (await _server.AskAsync("DELETE", "to-file", null, $"If-Match: {tag}")).Status);
        tag = (await _server.GetAsync("folder/file"))["ETag"];
        Assert.Equal(204, (await _server.AskAsync("DELETE", "to-file", null, $"If-Match: {tag}")).Status);
        Assert.True(File.Exists(_server.Files["folder/file"]));

        // GET shows nothing, so there is nothing to match.
        Assert.Equal(412, (await _server.AskAsync("DELETE", "dangling", null, "If-Match: *")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "dangling", null, "If-None-Match: *")).Status);
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public async Task Of_a_deletion_through_a_link_and_writes_to_its_target_with_one_tag_one_is_done()
    {
        for (var round = 0; round < 10; round++)
        {
            _server.Files.Add("folder/file", $"{round}");
            Link("race", "folder/file");
            var tag = (await _server.GetAsync("race"))["ETag"];
            var writes = Enumerable.Range(0, 4).Select(
                i => _server.PutAsync(i % 2 == 0 ? "race" : "to-file", $"by {i}", $"If-Match: {tag}"));
            var statuses = (
                await Task.WhenAll([.. writes, _server.AskAsync("DELETE", "race", null, $"If-Match: {tag}")])).Select(answer =>
                    answer.Status).ToArray();
            if (new FileInfo(_server.Files["race"]).LinkTarget is null)
            {
                // Once the link is gone, the writes by its own name, if they come later, are about no file.
                Assert.Equal(204, statuses[^1]);
                Assert.InRange(statuses[..^1].Count(status => status < 300), 0, 1);
            }
            else
            {
                Assert.Equal(412, statuses[^1]);
                Assert.Single(statuses[..^1], status => status < 300);
                File.Delete(_server.Files["race"]);
            }
        }
    }

    [Fact]
    public async Task A_folder_with_links_only_can_be_emptied_and_removed()
    {
        Directory.CreateDirectory(_server.Files["links"]);
        Link("links/a", "nothing");
        Link("links/b", "../../outside");
        Assert.Equal(409, (await _server.AskAsync("DELETE", "links")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "links/a")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "links/b")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", "links")).Status);
    }

    // Links as such: what is behind a link to a folder is not counted a second time.
    private List<string> Entries() =>
        [.. Directory.EnumerateFileSystemEntries(_server.Files.Path).Concat(Directory.EnumerateFileSystemEntries(_server.Files["folder"]))
            .Select(entry => Path.GetRelativePath(_server.Files.Path, entry)).Order(StringComparer.Ordinal)];

    private void Link(string name, string target) => File.CreateSymbolicLink(_server.Files[name], target);
}
