using System.Text.Json;
using ActorHttp.Files.Listings;
using ActorHttp.Tests.Files;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Folders, and what may be reached at all.</summary>
public sealed class FolderTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/files", "files/")]
    [InlineData("/files/folder", "folder/")]
    [InlineData("/files/folder?sort=size", "folder/?sort=size")]
    [InlineData("/files/folder?upload=1", "folder/?upload=1")]
    [InlineData("/files/%66older", "%66older/")]
    [InlineData("/files/folder%2F", "folder/")]
    [InlineData("/files/a:b", "./a:b/")]
    [InlineData("/files/a:b/c", "c/")]
    [InlineData("http://x/files/folder", "folder/")]
    public async Task A_folder_without_its_slash_is_redirected_to_it(string path, string location)
    {
        _server.Files.Add("folder/x", "x");
        _server.Files.Add("a:b/c/x", "x");
        foreach (var method in new[] { "GET", "HEAD" })
        {
            using var client = await _server.ConnectAsync();
            var response = await client.ExchangeAsync($"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n", method);
            Assert.Equal((301, location), (response.Status, response["Location"]));
        }
    }

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData(null, "text/html; charset=utf-8")]
    [InlineData("*/*", "text/html; charset=utf-8")]
    [InlineData("text/*", "text/html; charset=utf-8")]
    [InlineData("text/plain", "text/plain; charset=utf-8")]
    [InlineData("text/plain, */*;q=0.9", "text/plain; charset=utf-8")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8")]
    [InlineData("application/json", "application/json")]
    public async Task A_folder_is_listed_as_the_client_likes(string? accept, string type)
    {
        _server.Files.Add("folder/<b>&'\".txt", "x");
        var response = accept is null ? await _server.GetAsync("folder/") : await _server.GetAsync("folder/", $"Accept: {accept}");
        Assert.Equal((200, type, "nosniff"), (response.Status, response["Content-Type"], response["X-Content-Type-Options"]));
        Assert.StartsWith("Accept", response["Vary"]);
        Assert.DoesNotContain("<b>", type.StartsWith("text/plain", StringComparison.Ordinal) ? "" : response.Text);
        Assert.Equal(
            type.StartsWith("text/html", StringComparison.Ordinal) ? ListingPage.ContentSecurityPolicy(canWrite: true) : null,
            response["Content-Security-Policy"]);
        var head = await _server.AskAsync("HEAD", "folder/", null, $"Accept: {accept ?? "*/*"}");
        Assert.Equal(response["Content-Length"], head["Content-Length"]);
    }

    [Fact]
    public async Task Listings_that_are_asked_for_at_once_come_one_after_the_other_and_whole()
    {
        for (var i = 0; i < 500; i++)
            _server.Files.Add($"folder/{new string('n', 200)}{i}", "x");
        using var client = await _server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Repeat(FileClient.Request("GET", "folder/", null, "Accept: application/json"), 8)));
        for (var i = 0; i < 8; i++)
        {
            using var json = JsonDocument.Parse((await client.ReadResponseAsync()).Body);
            Assert.Equal(500, json.RootElement.GetProperty("entries").GetArrayLength());
        }

        // One that is not read to its end leaves nobody behind.
        using var leaving = await RawClient.ConnectAsync(_server.Address, receiveBuffer: 4096);
        await leaving.SendAsync(FileClient.Request("GET", "folder/", null));
        await leaving.ReadHeadAsync();
        leaving.Die();
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "no listing is left");
    }

    [Fact]
    public async Task A_folder_as_a_picture_is_406() => Assert.Equal(406, (await _server.GetAsync("/files/", "Accept: image/png")).Status);

    [LinuxFact]
    public async Task Whatever_a_name_is_its_link_leads_to_the_file()
    {
        foreach (var name in new[] { "a b", "<script>", "q\"'", "🐙", "100%", "a:b", "?#", "-", "é", "tab\t" })
            _server.Files.Add(name, name);
        var listing = await ListAsync("/files/");
        Assert.Equal(10, listing.Count);
        foreach (var (name, href) in listing)
        {
            Assert.Equal(
                name, System.Text.Encoding.UTF8.GetString((await _server.GetAsync(href.Replace("./", "", StringComparison.Ordinal))).Body));
        }
    }

    [Fact]
    public async Task What_would_not_be_served_is_not_listed()
    {
        _server.Files.Add(".hidden", "x");
        _server.Files.Add(".well-known/acme", "x");
        _server.Files.Add(".actor-http-upload-0", "x");
        _server.Files.Add("shown", "x");
        _server.Files.Add("../outside", "x");
        File.CreateSymbolicLink(_server.Files["in"], "shown");
        File.CreateSymbolicLink(_server.Files["out"], "../outside");
        File.CreateSymbolicLink(_server.Files["dangling"], "nothing");
        Assert.Equal([".well-known", "in", "shown"], (await ListAsync("/files/")).Keys.Order(StringComparer.Ordinal));
        Assert.Equal(404, (await _server.GetAsync(".hidden")).Status);
        Assert.Equal(403, (await _server.PutAsync(".hidden", "y")).Status);
        Assert.Equal(403, (await _server.AskAsync("DELETE", ".hidden")).Status);
        Assert.Equal(200, (await _server.GetAsync(".well-known/acme")).Status);
        Assert.Equal(404, (await _server.GetAsync("out")).Status);
    }

    [Fact]
    public async Task Settings_change_what_is_served()
    {
        await using var other = await RunningServer.StartAsync(
            """
            actor-http.files {
              dotfiles = on
              index = ["start.htm"]
              listing = off
              read-only = on
              charset = off
              precompressed = []
            }
            """);
        other.Files.Add(".env", "x");
        other.Files.Add("index.html", "x");
        other.Files.Add("with/start.htm", "<p>");
        Assert.Equal(200, (await other.GetAsync(".env")).Status);
        Assert.Equal(404, (await other.GetAsync("/files/")).Status);
        var start = await other.GetAsync("with/");
        Assert.Equal((200, "text/html", "<p>"), (start.Status, start["Content-Type"], start.Text));
        foreach (var method in new[] { "PUT", "POST", "PATCH", "DELETE" })
        {
            var response = await other.AskAsync(method, "x", [1]);
            Assert.Equal((405, "GET, HEAD, OPTIONS"), (response.Status, response["Allow"]));
        }

        Assert.Equal(["index.html", "with", "with/start.htm", ".env"], other.Files.Entries.OrderBy(name => name == ".env"));
    }

    [Fact]
    public async Task A_read_only_folder_shows_no_upload_and_a_large_one_says_that_it_is_cut()
    {
        await using var other = await RunningServer.StartAsync("actor-http.files { read-only = on, listing-entries = 3 }");
        for (var i = 0; i < 5; i++)
            other.Files.Add($"file{i}", "x");
        var page = await other.GetAsync("/files/", "Accept: text/html");
        Assert.DoesNotContain("<script", page.Text);
        Assert.DoesNotContain("type=file", page.Text.Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal(ListingPage.ContentSecurityPolicy(canWrite: false), page["Content-Security-Policy"]);
        using var json = JsonDocument.Parse((await other.GetAsync("/files/", "Accept: application/json")).Body);
        Assert.True(json.RootElement.GetProperty("truncated").GetBoolean());
        Assert.Equal(3, json.RootElement.GetProperty("entries").GetArrayLength());
    }

    [Theory]
    [InlineData("Sec-Fetch-Site: cross-site", 403)]
    [InlineData("Sec-Fetch-Site: same-site", 403)]
    [InlineData("Origin: http://evil.example", 403)]
    [InlineData("Origin: null", 403)]
    [InlineData("Sec-Fetch-Site: same-origin", 201)]
    [InlineData("Sec-Fetch-Site: none", 201)]
    [InlineData("Origin: http://x", 201)]
    [InlineData("X: y", 201)]
    public async Task A_page_of_another_site_may_not_write(string field, int status)
    {
        Assert.Equal(status, (await _server.AskAsync("POST", "posted", [1], field)).Status);
        Assert.Equal(status == 201, File.Exists(_server.Files["posted"]));
        _server.Files.Add("read", "x");
        Assert.Equal(200, (await _server.GetAsync("read", field)).Status);
    }

    [LinuxFact]
    public async Task A_link_that_comes_and_goes_never_leads_out()
    {
        _server.Files.Add("../outside/file", "the secret");
        var stop = false;
        var swaps = Task.Run(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                Replace(() => File.CreateSymbolicLink(_server.Files["swap.new"], "../outside/file"), "swap");
                Replace(() => File.WriteAllText(_server.Files["swap.new"], "inside"), "swap");
                Directory.CreateSymbolicLink(_server.Files["folder"], "../outside");
                File.Delete(_server.Files["folder"]);
            }
        });
        for (var i = 0; i < 300; i++)
        {
            Assert.DoesNotContain("secret", (await _server.GetAsync("swap")).Text);
            Assert.DoesNotContain("secret", (await _server.GetAsync("folder/file")).Text);
            Assert.NotEqual(500, (await _server.PutAsync("swap", "put")).Status);
            Assert.NotEqual(204, (await _server.AskAsync("DELETE", "folder/file")).Status);
        }

        Volatile.Write(ref stop, true);
        await swaps;
        Assert.Equal("the secret", File.ReadAllText(_server.Files["../outside/file"]));
    }

    private void Replace(Action make, string name)
    {
        make();
        File.Move(_server.Files[$"{name}.new"], _server.Files[name], overwrite: true);
    }

    private async Task<Dictionary<string, string>> ListAsync(string path)
    {
        using var json = JsonDocument.Parse((await _server.GetAsync(path, "Accept: application/json")).Body);
        return json.RootElement.GetProperty("entries").EnumerateArray().ToDictionary(
            entry => entry.GetProperty("name").GetString()!, entry => entry.GetProperty("href").GetString()!);
    }
}
