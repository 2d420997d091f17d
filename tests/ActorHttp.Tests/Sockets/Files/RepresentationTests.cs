using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>Which bytes a file has, and what is said of them.</summary>
public sealed class RepresentationTests : IAsyncLifetime
{
    private static readonly byte[] Script = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("var a = 1;\n", 500)));

    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(
            """
            actor-http.files.cache-control = [
              { pattern = "assets/**", value = "max-age=9" }
              { pattern = "*.html", value = "no-cache" }
              { pattern = "**", value = "max-age=1" }
            ]
            actor-http.files.digest-size = 3MiB
            """);
        _server.Files.Add("x.js", Script);
        foreach (var coding in new[] { ContentCoding.Gzip, ContentCoding.Brotli, ContentCoding.Zstd })
        {
            _server.Files.Add(
                $"x.js.{(coding == ContentCoding.Gzip ? "gz" : coding == ContentCoding.Zstd ? "zst" : "br")}", Encoded(coding));
        }
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("zstd", "zstd")]
    [InlineData("gzip, br, zstd", "br")]
    [InlineData("gzip;q=1, br;q=0.5", "gzip")]
    [InlineData("*", "br")]
    [InlineData("br;q=0, *", "zstd")]
    public async Task A_neighbour_in_a_coding_is_sent_to_who_accepts_that(string accept, string coding)
    {
        var plain = await _server.GetAsync("x.js");
        var response = await _server.GetAsync("x.js", $"Accept-Encoding: {accept}");
        Assert.Equal((200, coding), (response.Status, response["Content-Encoding"]));
        Assert.True(ContentCodings.TryParse(coding, out var parsed));
        Assert.Equal(Encoded(parsed), response.Body);
        Assert.Equal(plain["Content-Type"], response["Content-Type"]);
        Assert.Equal("Accept-Encoding", response["Vary"]);
        Assert.NotEqual(plain["ETag"], response["ETag"]);
        var head = await _server.AskAsync("HEAD", "x.js", null, $"Accept-Encoding: {accept}");
        Assert.Equal(response.Head.Fields.Where(field => field.Name != "Date"), head.Head.Fields.Where(field => field.Name != "Date"));
        Assert.Equal(304, (await _server.GetAsync("x.js", $"Accept-Encoding: {accept}", $"If-None-Match: {response["ETag"]}")).Status);
    }

    // Each status that the same request can have; RFC 9110 §12.5.5, §15.3.7 and §15.4.5.
    [Theory, Trait("RFC", "9110 §12.5.5")]
    [InlineData("x.js", "Accept-Encoding")]
    [InlineData("tiny.txt", "Accept-Encoding")]
    [InlineData("empty.txt", "Accept-Encoding")]
    [InlineData("picture.png", null)]
    public async Task The_whole_a_part_several_parts_and_nothing_new_vary_by_the_same_field(string name, string? vary)
    {
        if (name != "x.js")
            _server.Files.Add(name, name == "empty.txt" ? "" : "0123456789");
        var whole = await _server.GetAsync(name);
        string[][] requests = [
            [],
            ["Accept-Encoding: gzip"],
            ["Want-Repr-Digest: sha-256=1"],
            ["Range: bytes=0-1"],
            ["Range: bytes=0-1,3-4"],
            [$"If-None-Match: {whole["ETag"]}"],
            ["If-Match: \"other\""],
            ["Range: bytes=99999-"],
        ];
        foreach (var fields in requests)
        {
            var response = await _server.GetAsync(name, fields);
            if (response.Status is 200 or 206 or 304 or 412 or 416)
                Assert.Equal(vary, response["Vary"]);
        }

        Assert.Equal(vary, (await _server.AskAsync("HEAD", name))["Vary"]);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip;q=0")]
    [InlineData("")]
    public async Task Who_accepts_none_gets_the_file(string accept)
    {
        var response = await _server.GetAsync("x.js", $"Accept-Encoding: {accept}");
        Assert.Null(response["Content-Encoding"]);
        Assert.Equal(Script, response.Body);
    }

    [Fact, Trait("RFC", "9110 §14.2")]
    public async Task A_range_is_of_the_bytes_that_the_whole_would_be()
    {
        var whole = await _server.GetAsync("x.js", "Accept-Encoding: gzip");
        var part = await _server.GetAsync("x.js", "Accept-Encoding: gzip", "Range: bytes=3-9", $"If-Range: {whole["ETag"]}");
        Assert.Equal((206, "gzip", whole["ETag"]), (part.Status, part["Content-Encoding"], part["ETag"]));
        Assert.Equal(whole.Body[3..10], part.Body);

        // With the tag of other bytes all of these come, and nothing is glued to those.
        var plain = await _server.GetAsync("x.js");
        Assert.Equal(
            200, (await _server.GetAsync("x.js", "Accept-Encoding: gzip", "Range: bytes=3-9", $"If-Range: {plain["ETag"]}")).Status);

        // What is coded on the fly has no ranges.
        _server.Files.Add("fly.js", Script);
        var fly = await _server.GetAsync("fly.js", "Accept-Encoding: gzip");
        Assert.Equal((200, "gzip", null), (fly.Status, fly["Content-Encoding"], fly["Accept-Ranges"]));
        Assert.Equal(
            200, (await _server.GetAsync("fly.js", "Accept-Encoding: gzip", "Range: bytes=3-9", $"If-Range: {fly["ETag"]}")).Status);
    }

    [Fact]
    public async Task A_neighbour_that_is_older_or_of_a_type_that_gains_nothing_or_outside_is_passed_over()
    {
        File.SetLastWriteTimeUtc(_server.Files.Add("stale.js.gz", Encoded(ContentCoding.Gzip)), DateTime.UnixEpoch.AddDays(20_000));
        _server.Files.Add("stale.js", Script);
        _server.Files.Add("picture.png", Script);
        _server.Files.Add("picture.png.gz", "x");
        _server.Files.Add("../outside.gz", "the secret");
        _server.Files.Add("link.js", Script);
        File.CreateSymbolicLink(_server.Files["link.js.gz"], "../outside.gz");
        Assert.NotEqual(Encoded(ContentCoding.Gzip).Length, (await _server.GetAsync("stale.js", "Accept-Encoding: gzip")).Body.Length - 1);
        Assert.DoesNotContain("-gzip-", (await _server.GetAsync("stale.js", "Accept-Encoding: gzip"))["ETag"]);
        Assert.Null((await _server.GetAsync("picture.png", "Accept-Encoding: gzip"))["Content-Encoding"]);
        Assert.DoesNotContain("secret", (await _server.GetAsync("link.js", "Accept-Encoding: gzip")).Text);
    }

    [Fact, Trait("RFC", "9110 §13.1.1")]
    public async Task The_tag_of_a_neighbour_names_the_state_of_the_file_to_a_writer_once()
    {
        var tag = (await _server.GetAsync("x.js", "Accept-Encoding: br"))["ETag"];
        Assert.Equal(204, (await _server.PutAsync("x.js", "new", $"If-Match: {tag}")).Status);
        Assert.Equal(412, (await _server.PutAsync("x.js", "newer", $"If-Match: {tag}")).Status);
        Assert.Equal("new", (await _server.GetAsync("x.js", "Accept-Encoding: br")).Text);
    }

    [Theory]
    [InlineData("plain.txt", "grüße", true)]
    [InlineData("empty.txt", "", true)]
    [InlineData("data.json", "{}", false)]
    public async Task Text_is_said_to_be_UTF_8_when_it_is(string name, string text, bool hasCharset)
    {
        _server.Files.Add(name, text);
        var response = await _server.GetAsync(name);
        Assert.Equal(hasCharset, response["Content-Type"]!.EndsWith("; charset=utf-8", StringComparison.Ordinal));
        Assert.Equal("nosniff", response["X-Content-Type-Options"]);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task A_character_that_is_cut_where_reading_ends_is_no_fault(int shift, bool hasCharset)
    {
        _server.Files.Add("long.txt", new string('a', (64 * 1024) - 4 + shift) + string.Concat(Enumerable.Repeat("🐙", 1000)));
        Assert.Equal(hasCharset, (await _server.GetAsync("long.txt"))["Content-Type"]!.Contains("utf-8", StringComparison.Ordinal));
        _server.Files.Add("latin.txt", Encoding.Latin1.GetBytes("grüße"));
        Assert.Equal("text/plain", (await _server.GetAsync("latin.txt"))["Content-Type"]);
    }

    [Theory, Trait("RFC", "6266")]
    [InlineData("a.txt", "?download", "attachment; filename=\"a.txt\"")]
    [InlineData("a.txt", "?x=1&download=1", "attachment; filename=\"a.txt\"")]
    [InlineData("a.txt", "?downloaded", null)]
    [InlineData("%22%F0%9F%90%99.txt", "?download", "attachment; filename=\"__.txt\"; filename*=UTF-8''%22%F0%9F%90%99.txt")]
    public async Task A_download_is_named(string path, string query, string? disposition)
    {
        Assert.Equal(201, (await _server.PutAsync(path, "x")).Status);
        Assert.Equal(disposition, (await _server.GetAsync(path + query))["Content-Disposition"]);
    }

    [Theory, Trait("RFC", "9111 §5.2")]
    [InlineData("assets/deep/page.html", "max-age=9")]
    [InlineData("deep/page.html", "no-cache")]
    [InlineData("page.html", "no-cache")]
    [InlineData("other", "max-age=1")]
    public async Task The_first_pattern_that_fits_says_how_long_a_file_is_fresh(string path, string value)
    {
        _server.Files.Add(path, "x");
        var response = await _server.GetAsync(path);
        Assert.Equal(value, response["Cache-Control"]);
        Assert.Equal(value, (await _server.GetAsync(path, $"If-None-Match: {response["ETag"]}"))["Cache-Control"]);
    }

    [Theory, Trait("RFC", "9530 §4")]
    [InlineData(10)]
    [InlineData(0)]
    [InlineData(2_500_000)]
    public async Task The_digest_of_a_file_is_told_to_who_wants_it(int length)
    {
        var bytes = TemporaryDirectory.Pattern(length);
        _server.Files.Add("digest.txt", bytes);
        var expected = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";
        var response = await _server.GetAsync("digest.txt", "Want-Repr-Digest: sha-256=1", "Accept-Encoding: gzip");
        Assert.Equal((expected, null), (response["Repr-Digest"], response["Content-Encoding"]));
        Assert.Equal(bytes, response.Body);
        Assert.Equal(expected, (await _server.AskAsync("HEAD", "digest.txt", null, "Want-Repr-Digest: sha-256=1"))["Repr-Digest"]);
        Assert.StartsWith("sha-512=", (await _server.GetAsync("digest.txt", "Want-Repr-Digest: sha-512=9, sha-256=1"))["Repr-Digest"]);
        Assert.Null((await _server.GetAsync("digest.txt", "Want-Repr-Digest: md5=9"))["Repr-Digest"]);
    }

    [Fact, Trait("RFC", "9530 §3")]
    public async Task The_digest_is_of_the_bytes_that_are_sent_and_left_out_where_it_would_take_too_long()
    {
        var response = await _server.GetAsync("x.js", "Want-Repr-Digest: sha-256=1", "Accept-Encoding: br");
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(Encoded(ContentCoding.Brotli)))}:", response["Repr-Digest"]);
        _server.Files.Add("huge", new byte[(3 * 1024 * 1024) + 1]);
        Assert.Null((await _server.AskAsync("HEAD", "huge", null, "Want-Repr-Digest: sha-256=1"))["Repr-Digest"]);
    }

    private static byte[] Encoded(ContentCoding coding) => ContentEncoder.Encode(coding, CompressionLevel.Optimal, Script);
}
