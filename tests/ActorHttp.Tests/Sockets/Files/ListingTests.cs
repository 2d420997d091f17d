using ActorHttp.Tests.Files;
using AngleSharp.Html.Parser;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Listings as programs meet them that follow links, and as caches do.</summary>
public sealed class ListingTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    // As wget -r, rclone and lftp mirror do it.
    [LinuxFact]
    public async Task Who_accepts_anything_and_follows_links_finds_every_file_byte_for_byte()
    {
        string[] names =
        [
            "plain.txt", "with blank.txt", "grüße.txt", "100%.txt", "%41", "a:b", "q?x=y", "#", "<b>&amp;'\".txt", "+", "a;b", "-", "🐙",
            "sub folder/ä ö/deep.bin", "c:d/e f.txt", "sub folder/%2F.txt", "~tilde/[x]{y}|^",
        ];
        foreach (var name in names)
            _server.Files.Add(name, "bytes of " + name);
        Directory.CreateDirectory(_server.Files["empty"]);
        var found = new Dictionary<string, string>();
        var left = new Queue<Uri>([new Uri("http://x/files/")]);
        var seen = new HashSet<Uri>(left);
        while (left.TryDequeue(out var address))
        {
            var answer = await _server.GetAsync(address.PathAndQuery, "Accept: */*");
            Assert.Equal((address, 200), (address, answer.Status));
            if (!address.AbsolutePath.EndsWith('/'))
            {
                found.Add(
                    Uri.UnescapeDataString(address.AbsolutePath)["/files/".Length..], System.Text.Encoding.UTF8.GetString(answer.Body));
                continue;
            }

            var page = new HtmlParser().ParseDocument(System.Text.Encoding.UTF8.GetString(answer.Body));
            foreach (var link in page.QuerySelectorAll("a[href]:not([rel~=nofollow])"))
            {
                var next = new Uri(address, link.GetAttribute("href"));
                if (seen.Add(next))
                    left.Enqueue(next);
            }
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, file => Assert.Equal("bytes of " + file.Key, file.Value));
        Assert.All(seen, address => Assert.Equal("", address.Query));
    }

    [Theory, Trait("RFC", "9110 §15.4.5")]
    [InlineData("text/html", "")]
    [InlineData("application/json", "")]
    [InlineData("text/plain", "")]
    [InlineData("text/html", "Accept-Encoding: gzip")]
    public async Task A_second_visit_is_304_with_the_fields_of_the_200(string type, string coding)
    {
        for (var i = 0; i < 20; i++)
            _server.Files.Add($"folder/file{i}", "x");
        string[] fields = coding.Length == 0 ? [$"Accept: {type}"] : [$"Accept: {type}", coding];
        var first = await _server.GetAsync("folder/", fields);
        Assert.Equal((200, coding.Length == 0 ? null : "gzip"), (first.Status, first["Content-Encoding"]));
        Assert.StartsWith("W/\"", first["ETag"]);
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var again = await _server.AskAsync(method, "folder/", null, [.. fields, $"If-None-Match: {first["ETag"]}"]);
            Assert.Equal((304, first["ETag"], "no-cache"), (again.Status, again["ETag"], again["Cache-Control"]));
            Assert.Equal(("Accept, Accept-Encoding", "Accept, Accept-Encoding"), (first["Vary"], again["Vary"]));
        }

        var head = await _server.AskAsync("HEAD", "folder/", null, fields);
        Assert.Equal(
            first.Head.Fields.Where(field => field.Name != "Date"),
            head.Head.Fields.Where(field => field.Name != "Date"));
        Assert.Equal(304, (await _server.GetAsync("folder/", [.. fields, "If-None-Match: *"])).Status);
        Assert.Equal(200, (await _server.GetAsync("folder/", [.. fields, "If-None-Match: \"other\""])).Status);
        Assert.Equal(200, (await _server.GetAsync("folder/", [.. fields, "If-Match: *"])).Status);

        // §13.1.1: If-Match compares strongly, and a weak tag is equal to none.
        Assert.Equal(412, (await _server.GetAsync("folder/", [.. fields, $"If-Match: {first["ETag"]}"])).Status);
    }

    [LinuxFact]
    public async Task The_tag_is_another_when_anything_that_is_shown_is()
    {
        _server.Files.Add("folder/a", "x");
        _server.Files.Add("folder/b", "x");
        _server.Files.Add("target", "x");
        Directory.CreateDirectory(_server.Files["folder/inner"]);
        File.CreateSymbolicLink(_server.Files["folder/link"], "../target");
        var folder = new DirectoryInfo(_server.Files["folder"]);
        var tags = new List<string> { await TagAsync("folder/") };
        Action[] changes =
        [
            () => File.AppendAllText(_server.Files["folder/a"], "more"),
            () => File.SetLastWriteTimeUtc(_server.Files["folder/a"], DateTime.UtcNow.AddMinutes(-5)),
            () => File.Move(_server.Files["folder/a"], _server.Files["folder/c"]),
            () => _server.Files.Add("folder/d", ""),
            () => File.Delete(_server.Files["folder/b"]),
            () => File.AppendAllText(_server.Files["target"], "more"),
            () => _server.Files.Add("folder/inner/new", "x"),
            () =>
            {
                File.Delete(_server.Files["folder/d"]);
                Directory.CreateDirectory(_server.Files["folder/d"]);
            },
        ];
        foreach (var change in changes)
        {
            var before = folder.LastWriteTimeUtc;
            change();

            // The folder's own time says nothing of it: it has to be found in the entries.
            folder.LastWriteTimeUtc = before;
            folder.Refresh();
            tags.Add(await TagAsync("folder/"));
        }

        tags.Add(await TagAsync("folder/?sort=size"));
        tags.Add(await TagAsync("folder/?sort=size&order=desc"));
        tags.Add(await TagAsync("folder/", "Accept: text/plain"));
        tags.Add(await TagAsync("folder/", "Accept: application/json"));
        Assert.Equal(tags.Count, tags.Distinct().Count());
        Assert.Equal(await TagAsync("folder/"), await TagAsync("folder/"));
        Assert.Equal(await TagAsync("folder/"), await TagAsync("folder/?sort=name&order=asc"));
    }

    [Fact]
    public async Task A_listing_that_is_cut_has_another_tag_than_one_that_just_fits()
    {
        await using var other = await RunningServer.StartAsync("actor-http.files.listing-entries = 1");
        other.Files.Add("a", "x");
        var tag = (await other.GetAsync("/files/"))["ETag"];
        var time = Directory.GetLastWriteTimeUtc(other.Files.Path);
        File.Copy(other.Files["a"], other.Files["b"]);
        Directory.SetLastWriteTimeUtc(other.Files.Path, time);
        Assert.NotEqual(tag, (await other.GetAsync("/files/"))["ETag"]);
    }

    // What was found out only when the body was pulled, with its head promised.
    [Fact]
    public async Task A_folder_that_goes_before_it_is_read_is_404()
    {
        Assert.Equal(404, (await _server.GetAsync("absent/")).Status);
        Assert.Equal(406, (await _server.GetAsync("/files/", "Accept: image/png")).Status);
    }

    // A proxy may have put /p before our path, or have taken it away: what we send must not name the path.
    [LinuxFact, Trait("RFC", "9110 §10.2.2")]
    public async Task Every_address_that_is_sent_is_right_below_any_prefix()
    {
        _server.Files.Add("folder/a:b/x", "x");
        var proxy = new Uri("http://proxy/p/files/");
        Assert.Equal("http://proxy/p/files/folder/", Resolved("folder", await _server.GetAsync("folder")));
        Assert.Equal("http://proxy/p/files/folder/a:b/", Resolved("folder/a:b", await _server.GetAsync("folder/a:b")));
        Assert.Equal(
            "http://proxy/p/files/folder/new%20file", Resolved("folder/new%20file", await _server.PutAsync("folder/new%20file", "x")));
        Assert.Equal("http://proxy/p/files/c:d", Resolved("c:d", await _server.AskAsync("POST", "c:d", [1])));
        Assert.StartsWith(
            "http://proxy/p/files/folder/part?upload=",
            Resolved("folder/part", await _server.PutAsync("folder/part", "x", "Upload-Complete: ?0")));
        var page = new HtmlParser().ParseDocument((await _server.GetAsync("folder/a:b/")).Text);
        Assert.All(page.QuerySelectorAll("[href]:not(link), [src], [action]"), element =>
            Assert.StartsWith(
                "http://proxy/p/files/",
                new Uri(
                    new Uri(proxy, "folder/a:b/"),
                    element.GetAttribute("href") ?? element.GetAttribute("src") ?? element.GetAttribute("action")).AbsoluteUri));

        string Resolved(string path, RawResponse response) => new Uri(new Uri(proxy, "./" + path), response["Location"]).AbsoluteUri;
    }

    private async Task<string> TagAsync(string path, params string[] fields) => (await _server.GetAsync(path, fields))["ETag"]!;
}
