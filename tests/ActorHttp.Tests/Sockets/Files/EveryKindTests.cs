using System.Net.Sockets;
using System.Text.Json;
using ActorHttp.Files.Storage;
using ActorHttp.Tests.Files;
using ActorHttp.Uris;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Whatever a folder can hold, under whatever name: what is listed is served, nothing hangs, and nothing is 500.</summary>
public sealed class EveryKindTests : IAsyncLifetime
{
    private static readonly string[] Methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE"];

    private RunningServer _server = null!;

    /// <summary>Names, with every byte that is not printable written as %XX.</summary>
    public static TheoryData<string> Names =>
    [
        "a\\b", "\\", "..\\up", "C:\\x", "%01", "a%0Ab", "%1B[31m", "%7F", "100%25", "%2541", "a?b", "a#b", " a", "a ", " ", "a.", "a..",
        "...", "a:b", "javascript:x",
        "%FF", "%C3", "a%80b", "é", "🐙", "‮gpj.exe", "&lt;", "<b>", "'\"", "~", "-", "*", "a|b", "a;b", "a+b", "a&b", "a=b", "[x]",
        "{x}", "^", "`", "upload=x", "index", ".ACTOR-HTTP-UPLOAD-x", ".actor-http-upload-y", ".dot", "..dots",
        "a" + string.Concat(Enumerable.Repeat("bcdefghijklmnopqrstuvwxyz0123456789", 7)) + "bcd",
    ];

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync("actor-http.files { flush-to-disk = off, dotfiles = on }");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [LinuxTheory, MemberData(nameof(Names))]
    public async Task A_name_that_is_listed_is_served_and_one_that_is_not_is_refused(string written)
    {
        var href = Href(written);
        MakeFile(href, "the bytes");
        foreach (var type in new[] { "application/json", "text/html" })
        {
            var links = await LinksAsync(type);
            if (UploadFile.IsTemporary(written))
            {
                Assert.Empty(links);
                continue;
            }

            Assert.Equal("the bytes", (await _server.GetAsync(Assert.Single(links))).Text);
        }

        // The client's own spelling of the name is served as well.
        var expected = UploadFile.IsTemporary(written) ? 400 : 200;
        var read = await _server.GetAsync(href);
        Assert.Equal(expected, read.Status);
        Assert.Equal(expected, (await _server.GetAsync(href + "?download")).Status);
        Assert.Equal(204, (await _server.AskAsync("OPTIONS", href)).Status);
        var isText = FileName.IsText(FileName.Decode(PercentEncoding.Decode(href)));
        Assert.Equal(expected == 400 || !isText ? 400 : 204, (await _server.PutAsync(href, "new")).Status);
        Assert.Equal(expected == 400 || !isText ? 400 : 201, (await _server.AskAsync("POST", href, "new"u8.ToArray())).Status);
        if (isText && expected == 200)
            Assert.Equal("new", (await _server.GetAsync(href)).Text);
        Assert.Equal(expected == 400 ? 400 : 204, (await _server.AskAsync("DELETE", href)).Status);
        if (expected == 200)
        {
            Assert.Equal(404, (await _server.GetAsync(href)).Status);
            Assert.Empty(await LinksAsync("application/json"));
        }
    }

    [LinuxTheory]
    [InlineData("a%5Cb", "attachment; filename=\"a_b\"")]
    [InlineData("..%5C..%5Cautoexec.bat", "attachment; filename=\".._.._autoexec.bat\"")]
    public async Task A_backslash_is_no_way_out_of_the_folder_where_the_client_saves(string href, string disposition)
    {
        MakeFile(href, "x");
        Assert.Equal(disposition, (await _server.GetAsync(href + "?download"))["Content-Disposition"]);
    }

    [LinuxTheory]
    [InlineData("pipe")]
    [InlineData("socket")]
    public Task A_pipe_or_a_socket_is_not_listed_not_read_not_replaced_and_can_be_removed(string kind) => CheckAsync(kind, 404);

    // A device needs a right of its own to be opened, which a container may not give: then it is 403.
    [DeviceTheory]
    [InlineData("character-device")]
    [InlineData("block-device")]
    public Task A_device_is_not_listed_not_read_not_replaced_and_can_be_removed(string kind) => CheckAsync(kind, 403, 404);

    private async Task CheckAsync(string kind, params int[] unread)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Make(kind, listener);
        File.CreateSymbolicLink(_server.Files["link"], kind);
        Assert.Empty(await LinksAsync("application/json"));
        foreach (var name in new[] { kind, "link" })
        {
            foreach (var method in new[] { "GET", "HEAD" })
                Assert.Contains((await _server.AskAsync(method, name)).Status, unread);
            Assert.Equal(204, (await _server.AskAsync("OPTIONS", name)).Status);
            Assert.Equal(409, (await _server.PutAsync(name, "x")).Status);
            Assert.Equal(409, (await _server.AskAsync("POST", name, "x"u8.ToArray())).Status);
            Assert.Equal(409, (await _server.PutAsync(name + "/below", "x")).Status);
            Assert.Contains((await _server.GetAsync(name + "/")).Status, unread);
            Assert.Contains((await _server.GetAsync(name + "/below")).Status, unread);
        }

        Assert.Equal(204, (await _server.AskAsync("DELETE", "link")).Status);
        Assert.Equal(204, (await _server.AskAsync("DELETE", kind)).Status);
        Assert.Empty(_server.Files.Entries);
    }

    [LinuxFact]
    public async Task Nothing_that_a_folder_holds_is_a_500_for_any_method()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        foreach (
            var kind in DeviceTheoryAttribute.CanMake ? new[] { "pipe", "socket", "character-device", "block-device" } : ["pipe", "socket"])
        {
            Make(kind, listener);
        }

        _server.Files.Add("folder/file", "x");
        File.CreateSymbolicLink(_server.Files["self"], "self");
        foreach (var name in _server.Files.Entries.ToList())
        {
            foreach (var suffix in new[] { "", "/", "/x", "?download", "?upload=0123456789abcdef0123456789abcdef" })
            {
                foreach (var method in Methods)
                {
                    Assert.NotEqual(
                        500, (await _server.AskAsync(method, name + suffix, method is "PUT" or "POST" ? "x"u8.ToArray() : null)).Status);
                }
            }
        }
    }

    private static string Href(string written) =>
        string.Concat(
            written.EnumerateRunes().Select(rune => rune.Value == '%' ? "%" : PercentEncoding.Encode(FileName.Encode(rune.ToString()))));

    private void MakeFile(string href, string text)
    {
        using var folder = FileRoot.At(_server.Files.Path).OpenFolder(_server.Files.Path)!;
        using var file = folder.Create(FileName.Decode(PercentEncoding.Decode(href)));
        RandomAccess.Write(file, System.Text.Encoding.UTF8.GetBytes(text), 0);
    }

    // What a client would ask for that follows the links of a page.
    private async Task<string[]> LinksAsync(string type)
    {
        var page = await _server.GetAsync("", $"Accept: {type}");
        Assert.Equal(200, page.Status);
        var hrefs = type == "application/json"
            ? JsonDocument.Parse(page.Body).RootElement.GetProperty("entries").EnumerateArray().Select(
                entry => entry.GetProperty("href").GetString()!)
            : System.Text.RegularExpressions.Regex.Matches(page.Text, "<a class=\"file\" href=\"([^\"]*)\"").Select(
                match => System.Net.WebUtility.HtmlDecode(match.Groups[1].Value));

        // As a browser does (RFC 3986 §5.2).
        var folder = new Uri("http://x/files/");
        return [.. hrefs.Select(href => new Uri(folder, href).GetComponents(UriComponents.Path, UriFormat.UriEscaped)["files/".Length..])];
    }

    private void Make(string kind, Socket listener)
    {
        if (kind == "socket")
            listener.Bind(new UnixDomainSocketEndPoint(_server.Files["socket"]));
        else
            Assert.True(DeviceTheoryAttribute.Make(_server.Files[kind], kind));
    }
}
