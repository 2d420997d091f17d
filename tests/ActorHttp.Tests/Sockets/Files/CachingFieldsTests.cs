using System.IO.Compression;
using System.Text;
using ActorHttp.Buffers;
using ActorHttp.Semantics;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>
/// The fields that a cache goes by, of every kind of resource in every coding, over all statuses that one request can have.
/// A 200 is held to a table; HEAD, 206, 304, 412, 416 and 406 are held to that 200, as RFC 9110 says.
/// </summary>
public sealed class CachingFieldsTests : IClassFixture<CachingFieldsTests.Server>
{
    private const string Codable = "Accept-Encoding";
    private const string Listed = "Accept, Accept-Encoding";

    // Everything that a cache reads. What is not here says nothing of the bytes.
    private static readonly string[] CachingFields =
    [
        "ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Location", "Accept-Ranges", "Content-Encoding", "Content-Type",
        "Content-Length",
        "Content-Range", "Transfer-Encoding", "Expires", "Age", "Pragma", "Repr-Digest",
    ];

    private static readonly string[] Codings = ["", "identity", "gzip", "br", "zstd", "deflate"];

    private static readonly Dictionary<string, Resource> Resources = new()
    {
        ["small"] = new("/files/small.txt", "text/plain; charset=utf-8", Codable, "max-age=9", IsFile: true, CodedHow.Whole),
        ["tiny"] = new("/files/tiny.txt", "text/plain; charset=utf-8", Codable, "max-age=9", IsFile: true, CodedHow.Never),
        ["large"] = new("/files/large.txt", "text/plain; charset=utf-8", Codable, "max-age=9", IsFile: true, CodedHow.Streamed),
        ["neighbour"] = new("/files/n.js", "text/javascript; charset=utf-8", Codable, "public", IsFile: true, CodedHow.Neighbour),
        ["uncodable"] = new("/files/picture.png", "image/png", null, "public", IsFile: true, CodedHow.Never),
        ["empty"] = new("/files/empty.txt", "text/plain; charset=utf-8", Codable, "max-age=9", IsFile: true, CodedHow.Never),
        ["index"] = new("/files/index/", "text/html; charset=utf-8", Codable, "public", IsFile: true, CodedHow.Whole),
        ["download"] = new("/files/small.txt?download", "text/plain; charset=utf-8", Codable, "max-age=9", IsFile: true, CodedHow.Whole),
        ["digest"] = new(
            "/files/small.txt",
            "text/plain; charset=utf-8",
            Codable,
            "max-age=9",
            IsFile: true,
            CodedHow.Never,
            "Want-Repr-Digest: sha-256=1"),
        ["listing"] = new("/files/folder/", "text/html; charset=utf-8", Listed, "no-cache", IsFile: false, CodedHow.Streamed),
        ["JSON listing"] = new(
            "/files/folder/", "application/json", Listed, "no-cache", IsFile: false, CodedHow.Streamed, "Accept: application/json"),
        ["text listing"] = new(
            "/files/folder/", "text/plain; charset=utf-8", Listed, "no-cache", IsFile: false, CodedHow.Streamed, "Accept: text/plain"),
        ["echo"] = new("/echo/hello", "text/plain", Codable, null, IsFile: false, CodedHow.Whole),
        ["root"] = new("/", "text/plain", Codable, null, IsFile: false, CodedHow.Whole),
        ["user agent"] = new("/user-agent", "text/plain", "User-Agent", "private", IsFile: false, CodedHow.Never, "User-Agent: test"),
    };

    private readonly RunningServer _server;

    public CachingFieldsTests(Server server) => _server = server.Running;

    public static TheoryData<string, string> Table
    {
        get
        {
            var table = new TheoryData<string, string>();
            foreach (var resource in Resources.Keys)
            {
                foreach (var coding in Codings)
                    table.Add(resource, coding);
            }

            return table;
        }
    }

    [Theory, MemberData(nameof(Table)), Trait("RFC", "9110 §12.5.5")]
    public async Task A_200_has_the_fields_of_the_table(string name, string coding)
    {
        var resource = Resources[name];
        var whole = await AskAsync(resource, coding);
        var (coded, isCoded) = CodingOf(resource, coding);
        var plain = await AskAsync(resource, "");
        Assert.Equal(200, whole.Status);
        Assert.Equal(resource.Vary, whole["Vary"]);
        Assert.Equal(resource.CacheControl, whole["Cache-Control"]);
        Assert.Equal(resource.Type, whole["Content-Type"]);
        Assert.Equal(isCoded ? coded : null, whole["Content-Encoding"]);
        Assert.Equal(resource.How == CodedHow.Streamed && (isCoded || !resource.IsFile) ? "chunked" : null, whole["Transfer-Encoding"]);
        Assert.Equal(whole["Transfer-Encoding"] is null ? $"{whole.Body.Length}" : null, whole["Content-Length"]);

        // What is coded on its way has no ranges: its bytes are in no file.
        Assert.Equal(
            resource.IsFile && !(isCoded && (resource.How != CodedHow.Neighbour || coding == "deflate")) ? "bytes" : null,
            whole["Accept-Ranges"]);
        Assert.Equal(resource.IsFile, whole["Last-Modified"] is not null);
        Assert.Equal(name == "digest", whole["Repr-Digest"] is not null);
        Assert.All(new[] { "Content-Location", "Content-Range", "Expires", "Age", "Pragma" }, field => Assert.Null(whole[field]));

        // RFC 9110 §8.8.3.3: other bytes have another tag. It is strong where the bytes are the file's, or follow from them.
        if (resource.IsFile)
            Assert.Matches("^\"[^\"]+\"$", whole["ETag"]);
        else if (resource.Path.StartsWith("/files/", StringComparison.Ordinal))
            Assert.Matches("^W/\"[^\"]+\"$", whole["ETag"]);
        else
            Assert.Null(whole["ETag"]);
        if (whole["ETag"] is not null)
            Assert.Equal(!isCoded, plain["ETag"] == whole["ETag"]);
        Assert.Equal(!isCoded, plain.Body.AsSpan().SequenceEqual(whole.Body));
    }

    [Fact]
    public async Task Each_coding_of_a_resource_has_a_tag_of_its_own()
    {
        foreach (
            var (name, resource) in Resources.Where(
                resource => resource.Value.How != CodedHow.Never && resource.Value.Path.StartsWith("/files/", StringComparison.Ordinal)))
        {
            var tags = new HashSet<string?>();
            foreach (var coding in Codings[1..])
                tags.Add((await AskAsync(resource, coding))["ETag"]);
            Assert.True(tags.Count == Codings.Length - 1, $"{name}: {string.Join(", ", tags)}");
        }
    }

    [Theory, MemberData(nameof(Table)), Trait("RFC", "9110 §9.3.2")]
    public async Task HEAD_has_what_GET_has(string name, string coding)
    {
        var get = await AskAsync(Resources[name], coding);
        var head = await AskAsync(Resources[name], coding, "HEAD");
        Assert.Equal(200, head.Status);
        Assert.Empty(head.Body);
        Assert.Equal(get.Head.Fields.Where(field => field.Name != "Date"), head.Head.Fields.Where(field => field.Name != "Date"));
    }

    // By the tag, by any tag, and by the date. RFC 9110 §15.4.5 names what must be there; nothing that is may differ.
    [Theory, MemberData(nameof(Table)), Trait("RFC", "9110 §15.4.5")]
    public async Task A_304_has_what_the_200_has(string name, string coding)
    {
        var whole = await AskAsync(Resources[name], coding);
        if (whole["ETag"] is not { } tag)
            return;
        List<string> conditions = [$"If-None-Match: {tag}", $"If-None-Match: \"other\", {tag}", "If-None-Match: *"];
        if (whole["Last-Modified"] is { } date)
            conditions.Add($"If-Modified-Since: {date}");
        foreach (var condition in conditions)
        {
            foreach (var method in new[] { "GET", "HEAD" })
            {
                var answer = await AskAsync(Resources[name], coding, method, condition);
                Assert.Equal(304, answer.Status);
                foreach (var field in new[] { "ETag", "Vary", "Cache-Control", "Last-Modified", "Content-Location", "Expires" })
                    Assert.True(whole[field] == answer[field], $"{condition}: {field} is {answer[field]}, and {whole[field]} in the 200");
                Assert.NotNull(answer["Date"]);
                foreach (var field in new[] { "Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Transfer-Encoding" })
                    Assert.Null(answer[field]);
            }
        }
    }

    [Theory, MemberData(nameof(Table)), Trait("RFC", "9110 §15.3.7")]
    public async Task A_206_has_what_the_200_has_of_which_it_is_a_part(string name, string coding)
    {
        var resource = Resources[name];
        var whole = await AskAsync(resource, coding);

        // There are no ranges of what is coded on its way: the part is one of the bytes as they are, under their own tag.
        if (resource.IsFile && whole["Accept-Ranges"] is null)
            whole = await AskAsync(resource, "");
        var part = await AskAsync(resource, coding, "GET", "Range: bytes=1-3");
        if (!resource.IsFile || whole.Body.Length == 0)
        {
            Assert.Equal(whole.Body.Length == 0 && resource.IsFile ? 416 : 200, part.Status);
            return;
        }

        Assert.Equal(206, part.Status);
        Assert.Equal(($"bytes 1-3/{whole.Body.Length}", "3"), (part["Content-Range"], part["Content-Length"]));
        Assert.Equal(whole.Body[1..4], part.Body);
        AssertSame(whole, part, "Content-Range", "Content-Length");

        // RFC 9110 §14.6: the parts have their own Content-Range, and the type is that of the parts together.
        var parts = await AskAsync(resource, coding, "GET", "Range: bytes=1-3,5-6");
        Assert.Equal(206, parts.Status);
        Assert.Matches("^multipart/byteranges; boundary=[0-9a-f]+$", parts["Content-Type"]);
        Assert.Equal(($"{parts.Body.Length}", null), (parts["Content-Length"], parts["Content-Range"]));
        AssertSame(whole, parts, "Content-Type", "Content-Range", "Content-Length");
    }

    [Theory, MemberData(nameof(Table)), Trait("RFC", "9110 §12.5.5")]
    public async Task A_412_and_a_416_vary_as_the_200_does_and_have_no_validators(string name, string coding)
    {
        var resource = Resources[name];
        var whole = await AskAsync(resource, coding);
        if (whole["ETag"] is null)
            return;
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var failed = await AskAsync(resource, coding, method, "If-Match: \"other\"");
            Assert.Equal(412, failed.Status);
            AssertIsError(failed, resource.Vary);
        }

        if (!resource.IsFile)
            return;
        var length = (whole["Accept-Ranges"] is null ? await AskAsync(resource, "") : whole).Body.Length;
        var refused = await AskAsync(resource, coding, "GET", "Range: bytes=99999999-");
        Assert.Equal((416, $"bytes */{length}"), (refused.Status, refused["Content-Range"]));
        AssertIsError(refused, resource.Vary);
    }

    [Fact, Trait("RFC", "9110 §12.5.3")]
    public async Task A_406_varies_by_what_it_was_refused_for()
    {
        foreach (var (name, resource) in Resources.Where(resource => resource.Key is not "empty"))
        {
            var refused = await AskAsync(resource, "identity;q=0, *;q=0");
            var vary = resource.Vary is null || resource.Vary.Contains(Codable, StringComparison.Ordinal)
                ? resource.Vary ?? Codable
                : $"{resource.Vary}, {Codable}";
            Assert.True(refused.Status == 406, $"{name}: {refused.Status}");
            AssertIsError(refused, vary);
        }

        var image = await AskAsync(Resources["listing"] with { Field = "Accept: image/png" }, "gzip");
        Assert.Equal(406, image.Status);
        AssertIsError(image, "Accept");
    }

    // What changes something is stored by no cache, and has the tag of what there is now, for the next condition.
    [Theory]
    [InlineData("PUT", "new.txt", 201, "ETag Location Content-Length", "")]
    [InlineData("PUT", "old.txt", 204, "ETag", "")]
    [InlineData("POST", "new.txt", 201, "ETag Location Content-Length", "")]
    [InlineData("POST", "old.txt", 201, "ETag Location Content-Length", "")]
    [InlineData("DELETE", "old.txt", 204, "", "")]
    [InlineData("DELETE", "none.txt", 404, "Content-Type Content-Length", "")]
    [InlineData("PATCH", "old.txt", 405, "Content-Type Content-Length Allow", "")]
    [InlineData("PUT", "old.txt", 412, "Content-Type Content-Length", "If-Match: \"other\"")]
    [InlineData("POST", "old.txt", 412, "Content-Type Content-Length", "If-None-Match: *")]
    [InlineData("DELETE", "old.txt", 412, "Content-Type Content-Length", "If-Match: \"other\"")]
    [InlineData("OPTIONS", "old.txt", 204, "Allow Accept-Patch Upload-Limit", "")]
    public async Task What_changes_a_file_has_these_fields(string method, string name, int status, string fields, string condition)
    {
        File.Delete(_server.Files["new.txt"]);
        _server.Files.Add("old.txt", "before");
        foreach (var coding in Codings)
        {
            if (status == 201 && name == "new.txt")
                File.Delete(_server.Files["new.txt"]);
            if (method == "DELETE" && status == 204)
                _server.Files.Add("old.txt", "before");
            string[] lines = [.. new[] { condition, coding.Length > 0 ? $"Accept-Encoding: {coding}" : "" }.Where(line => line.Length > 0)];
            var answer = await _server.AskAsync(method, name, method is "DELETE" or "OPTIONS" ? null : "after"u8.ToArray(), lines);
            Assert.Equal(status, answer.Status);
            Assert.Equal(
                fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("Date").Order(),
                answer.Head.Fields.Select(field => field.Name).Order());
            if (answer["ETag"] is { } tag)
                Assert.Equal(tag, (await _server.GetAsync(name))["ETag"]);
        }
    }

    private static void AssertSame(RawResponse whole, RawResponse part, params string[] but)
    {
        foreach (var field in CachingFields.Except(but))
            Assert.True(whole[field] == part[field], $"{field} is {part[field]}, and {whole[field]} in the 200");
    }

    private static void AssertIsError(RawResponse answer, string? vary)
    {
        Assert.Equal((vary, "text/plain"), (answer["Vary"], answer["Content-Type"]));
        foreach (var field in new[] { "ETag", "Last-Modified", "Cache-Control", "Accept-Ranges", "Content-Encoding" })
            Assert.Null(answer[field]);
    }

    private static (string Coding, bool IsCoded) CodingOf(Resource resource, string accepted) => resource.How switch
    {
        CodedHow.Never => ("", false),
        CodedHow.Neighbour when accepted is "gzip" or "br" or "zstd" => (accepted, true),
        _ => (accepted, accepted is not ("" or "identity")),
    };

    private Task<RawResponse> AskAsync(Resource resource, string coding, string method = "GET", params string[] fields)
    {
        string[] lines =
        [
            .. fields,
            .. resource.Field is { } own ? [own] : Array.Empty<string>(),
            .. coding.Length > 0 ? [$"Accept-Encoding: {coding}"] : Array.Empty<string>(),
        ];
        return _server.AskAsync(method, resource.Path, null, lines);
    }

    private enum CodedHow
    {
        Never,
        Whole,
        Streamed,
        Neighbour,
    }

    private sealed record Resource(
        string Path, string Type, string? Vary, string? CacheControl, bool IsFile, CodedHow How, string? Field = null);

    /// <summary>One server for all rows, because none of them changes what another reads.</summary>
    public sealed class Server : IAsyncLifetime
    {
        internal RunningServer Running { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Running = await RunningServer.StartAsync(
                """
                actor-http.files {
                  flush-to-disk = off
                  cache-control = [
                    { pattern = "*.txt", value = "max-age=9" }, { pattern = "n.js", value = "public" }
                    { pattern = "*.png", value = "public" }, { pattern = "*.html", value = "public" }
                  ]
                }
                """);
            var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\n")));
            Add("small.txt", text);
            Add("tiny.txt", "ten bytes\n"u8.ToArray());
            Add("large.txt", [.. Enumerable.Repeat(text, 300).SelectMany(part => part)]);
            Add("n.js", text);
            foreach (
                var (coding, suffix) in new[] { (ContentCoding.Gzip, "gz"), (ContentCoding.Brotli, "br"), (ContentCoding.Zstd, "zst") })
            {
                Add($"n.js.{suffix}", ContentEncoder.Encode(coding, CompressionLevel.Fastest, text).ToArray());
            }

            Add("picture.png", text);
            Add("empty.txt", []);
            Add("index/index.html", text);
            Add("folder/file", text);
        }

        public async Task DisposeAsync() => await Running.DisposeAsync();

        // Old enough for a strong tag.
        private void Add(string name, byte[] bytes) =>
            File.SetLastWriteTimeUtc(Running.Files.Add(name, bytes), DateTime.UnixEpoch.AddDays(18_000));
    }
}
