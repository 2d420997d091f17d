using System.Text;
using ActorHttp.Files;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Tests.Settings;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Files;

/// <summary>What a request means for the file system, with a probe for the connection.</summary>
public sealed class FilesActorTests : Akka.TestKit.Xunit2.TestKit, IDisposable
{
    private static readonly DateTime Written = new(2020, 2, 29, 12, 34, 56, DateTimeKind.Utc);
    private const string WrittenText = "Sat, 29 Feb 2020 12:34:56 GMT";
    private const string Before = "Sat, 29 Feb 2020 12:34:55 GMT";

    private readonly TemporaryDirectory _files = new("root");
    private readonly TestProbe _connection;
    private readonly IActorRef _actor;

    public FilesActorTests()
        : base(AllSettings.Defaults)
    {
        _connection = this.CreateConnection();
        _actor = Sys.ActorOf(FilesActor.Props(_files.Path, FileRequests.Settings(4096), FileRequests.Coding));
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_small_file_is_answered_in_one_piece_with_its_validators()
    {
        var tag = Add("page.html", "<p>");
        var response = Ask("GET", "page.html");
        Assert.Equal(200, response.Status);
        Assert.Equal("<p>", Text(response));
        Assert.StartsWith("text/html", response.Headers["Content-Type"]);
        Assert.Equal(tag, response.Headers["ETag"]);
        Assert.Equal(WrittenText, response.Headers["Last-Modified"]);
        Assert.Equal("bytes", response.Headers["Accept-Ranges"]);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(4096, false)]
    [InlineData(4097, true)]
    [InlineData(100_000, true)]
    public void A_file_above_one_chunk_is_streamed(int length, bool isStreamed)
    {
        var bytes = TemporaryDirectory.Pattern(length);
        _files.Add("file", bytes);
        var response = Ask("GET", "file");
        Assert.Equal(length, response.Body.Length);
        Assert.Equal(isStreamed, response.Body.Source is not null);
        Assert.Equal(bytes, Read(response));
    }

    [Fact, Trait("RFC", "9110 §9.3.2")]
    public void Head_has_the_fields_of_get()
    {
        Add("file", "0123456789");
        var get = Ask("GET", "file");
        var head = Ask("HEAD", "file", ("Range", "bytes=0-1"));
        Assert.Equal(200, head.Status);
        Assert.Equal(get.Headers.ToArray(), head.Headers.ToArray());
        Assert.Equal(get.Body.Length, head.Body.Length);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("absent/file")]
    [InlineData("absent/")]
    [InlineData("file/")]
    [InlineData("file/below")]
    public void What_is_not_there_is_404_to_read(string path)
    {
        Add("file", "x");
        Directory.CreateDirectory(_files["folder"]);
        Assert.Equal(404, Ask("GET", path).Status);
        Assert.Equal(404, Ask("HEAD", path).Status);
    }

    [Theory]
    [InlineData("absent", 404)]
    [InlineData("absent/file", 404)]
    [InlineData("folder", 409)]
    [InlineData("folder/", 409)]
    [InlineData("", 403)]
    [InlineData("file/", 404)]
    [InlineData("file/below", 404)]
    public void What_is_not_there_or_full_is_not_deleted(string path, int status)
    {
        Add("file", "x");
        Add("folder/inner", "x");
        Assert.Equal(status, Ask("DELETE", path).Status);
        Assert.Equal(["file", "folder", "folder/inner"], _files.Entries);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("folder/")]
    public void An_empty_folder_can_be_deleted(string path)
    {
        Directory.CreateDirectory(_files["folder"]);
        Assert.Equal(204, Ask("DELETE", path).Status);
        Assert.Equal(404, Ask("DELETE", path).Status);
        Assert.Empty(_files.Entries);
    }

    [Theory]
    [InlineData("folder", 409, 409)]
    [InlineData("folder/", 405, 415)]
    [InlineData("new/", 405, 415)]
    [InlineData("", 405, 415)]
    [InlineData("file/below", 409, 409)]
    [InlineData("file/far/below", 409, 409)]
    public void What_can_be_no_file_is_not_written(string path, int put, int post)
    {
        Add("file", "x");
        Directory.CreateDirectory(_files["folder"]);
        Assert.Equal(put, Ask("PUT", path).Status);
        Assert.Equal(post, Ask("POST", path).Status);
        Assert.Equal(["file", "folder"], _files.Entries);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2e/outside")]
    [InlineData("a%00")]
    [InlineData("a//b")]
    public void A_path_that_could_mean_harm_is_400(string path)
    {
        foreach (var method in new[] { "GET", "HEAD", "PUT", "POST", "DELETE" })
            Assert.Equal(400, Ask(method, path).Status);
    }

    [Fact]
    public void A_link_that_leads_out_is_404_for_all_but_its_removal()
    {
        _files.Add("../outside", "the secret");
        File.CreateSymbolicLink(_files["link"], "../outside");
        foreach (var method in new[] { "GET", "HEAD", "PUT", "POST" })
            Assert.Equal(404, Ask(method, "link").Status);
        Assert.Equal(204, Ask("DELETE", "link").Status);
        Assert.Equal("the secret", File.ReadAllText(_files["../outside"]));
    }

    [Fact]
    public void A_loop_of_links_is_an_error_and_costs_nobody_else_anything()
    {
        File.CreateSymbolicLink(_files["loop"], "loop");
        Assert.Equal(404, Ask("GET", "loop").Status);
        Add("file", "x");
        Assert.Equal(200, Ask("GET", "file").Status);
    }

    [Fact]
    public void What_a_link_inside_names_is_what_is_read_and_written_and_the_link_is_what_is_deleted()
    {
        Add("target", "x");
        File.CreateSymbolicLink(_files["link"], "target");
        Assert.Equal("x", Text(Ask("GET", "link")));
        Assert.Equal(204, Put("link", "new").Status);
        Assert.Equal("new", File.ReadAllText(_files["target"]));
        Assert.Equal(204, Ask("DELETE", "link").Status);
        Assert.Equal(["target"], _files.Entries);
    }

    [Theory, Trait("RFC", "9110 §14.2")]
    [InlineData("bytes=0-0", "0", "bytes 0-0/10")]
    [InlineData("bytes=2-4", "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-99", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=5-99", "56789", "bytes 5-9/10")]
    public void A_range_is_206(string range, string text, string contentRange)
    {
        Add("file", "0123456789");
        var response = Ask("GET", "file", ("Range", range));
        Assert.Equal(206, response.Status);
        Assert.Equal(contentRange, response.Headers["Content-Range"]);
        Assert.Equal(text, Text(response));
        Assert.NotNull(response.Headers["ETag"]);
    }

    [Theory, Trait("RFC", "9110 §14.2")]
    [InlineData("bytes=4-2")]
    [InlineData("lines=0-1")]
    [InlineData("bytes 0-1")]
    [InlineData("bytes=")]
    public void A_range_that_we_do_not_serve_is_ignored(string range)
    {
        Add("file", "0123456789");
        var response = Ask("GET", "file", ("Range", range));
        Assert.Equal(200, response.Status);
        Assert.Equal("0123456789", Text(response));
        Assert.Null(response.Headers["Content-Range"]);
    }

    [Theory, Trait("RFC", "9110 §15.5.17")]
    [InlineData("bytes=10-")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999-")]
    public void A_range_behind_the_end_is_416_with_the_length(string range)
    {
        Add("file", "0123456789");
        var response = Ask("GET", "file", ("Range", range));
        Assert.Equal(416, response.Status);
        Assert.Equal("bytes */10", response.Headers["Content-Range"]);
    }

    [Fact, Trait("RFC", "9110 §14.2")]
    public void A_large_range_is_streamed()
    {
        var bytes = TemporaryDirectory.Pattern(50_000);
        _files.Add("file", bytes);
        var response = Ask("GET", "file", ("Range", "bytes=100-30099"));
        Assert.Equal(206, response.Status);
        Assert.Equal(30_000, response.Body.Length);
        Assert.Equal(bytes[100..30_100], Read(response));
    }

    [Theory, Trait("RFC", "9110 §13.1.5")]
    [InlineData("same", 206)]
    [InlineData("\"other\"", 200)]
    [InlineData("weak", 200)]
    [InlineData(WrittenText, 206)]
    [InlineData(Before, 200)]
    [InlineData("nonsense", 200)]
    public void A_range_counts_only_if_the_file_is_the_one_meant(string condition, int status)
    {
        var tag = Add("file", "0123456789");
        condition = condition switch { "same" => tag, "weak" => $"W/{tag}", _ => condition };
        Assert.Equal(status, Ask("GET", "file", ("Range", "bytes=0-1"), ("If-Range", condition)).Status);
    }

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("same", 304)]
    [InlineData("weak", 304)]
    [InlineData("coded", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    public void A_read_is_304_when_the_client_has_it(string condition, int status)
    {
        var tag = Add("file", "0123456789");
        condition = condition switch { "same" => tag, "weak" => $"W/{tag}", "coded" => $"{tag[..^1]}-gzip\"", _ => condition };
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var response = Ask(method, "file", ("If-None-Match", condition), ("If-Modified-Since", Before));
            Assert.Equal(status, response.Status);
            if (status == 304)
            {
                Assert.Equal(0, response.Body.Length);
                Assert.Equal(condition is "*" || condition.StartsWith('W') ? tag : condition, response.Headers["ETag"]?.Replace("W/", ""));
                Assert.Null(response.Headers["Content-Type"]);
            }
        }
    }

    [Theory, Trait("RFC", "9110 §13.1.3")]
    [InlineData(WrittenText, 304)]
    [InlineData("Sun, 01 Mar 2020 00:00:00 GMT", 304)]
    [InlineData(Before, 200)]
    [InlineData("nonsense", 200)]
    public void A_read_is_304_when_nothing_changed_since(string date, int status)
    {
        Add("file", "0123456789");
        Assert.Equal(status, Ask("GET", "file", ("If-Modified-Since", date)).Status);
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("same", true, true)]
    [InlineData("*", true, true)]
    [InlineData("coded", false, true)]
    [InlineData("weak", false, false)]
    [InlineData("\"other\"", false, false)]
    public void A_condition_decides_whether_anything_is_done(string condition, bool isRead, bool isWritten)
    {
        var tag = Add("file", "0123456789");
        condition = condition switch { "same" => tag, "weak" => $"W/{tag}", "coded" => $"{tag[..^1]}-br\"", _ => condition };
        Assert.Equal(isRead ? 200 : 412, Ask("GET", "file", ("If-Match", condition)).Status);
        Assert.Equal(412, Ask("DELETE", "file", ("If-Match", "\"nobody has this\"")).Status);
        if (isWritten)
            Assert.Equal(204, Put("file", "new", ("If-Match", condition)).Status);
        else
            Assert.Equal(412, Ask("PUT", "file", ("If-Match", condition)).Status);
        Assert.Equal(isWritten ? "new" : "0123456789", File.ReadAllText(_files["file"]));
    }

    [Fact, Trait("RFC", "9110 §13.1.2")]
    public void A_file_is_created_only_once_when_asked_so()
    {
        Assert.Equal(201, Put("once", "first", ("If-None-Match", "*")).Status);
        Assert.Equal(412, Ask("PUT", "once", ("If-None-Match", "*")).Status);
        Assert.Equal("first", File.ReadAllText(_files["once"]));
    }

    [Theory, Trait("RFC", "9110 §13.1.4")]
    [InlineData(WrittenText, 204)]
    [InlineData(Before, 412)]
    public void A_file_is_deleted_only_if_nothing_changed_since(string date, int status)
    {
        Add("file", "x");
        Assert.Equal(status, Ask("DELETE", "file", ("If-Unmodified-Since", date)).Status);
    }

    [Fact]
    public void Delete_is_204_and_then_404()
    {
        Add("file", "x");
        Assert.Equal(204, Ask("DELETE", "file").Status);
        Assert.Equal(404, Ask("DELETE", "file").Status);
        Assert.Empty(_files.Entries);
    }

    [Fact, Trait("RFC", "9110 §9.3.3")]
    public void Post_is_201_with_location_each_time()
    {
        for (var i = 0; i < 2; i++)
        {
            var response = Upload("POST", "new/file", $"body {i}");
            Assert.Equal(201, response.Status);
            Assert.Equal("file", response.Headers["Location"]);
            Assert.Equal($"body {i}", File.ReadAllText(_files["new/file"]));
        }
    }

    [Fact, Trait("RFC", "9110 §9.3.4")]
    public void Put_is_201_and_then_204()
    {
        Assert.Equal(201, Put("file", "one").Status);
        var replaced = Put("file", "two");
        Assert.Equal(204, replaced.Status);
        Assert.Equal("two", File.ReadAllText(_files["file"]));
    }

    [Fact, Trait("RFC", "9110 §14.5")]
    public void A_part_of_a_file_is_not_stored()
    {
        Add("file", "0123456789");
        Assert.Equal(400, Ask("PUT", "file", ("Content-Range", "bytes 0-1/10")).Status);
        Assert.Equal(400, Ask("POST", "file", ("Content-Range", "bytes 0-1/10")).Status);
        Assert.Equal("0123456789", File.ReadAllText(_files["file"]));
    }

    [Theory]
    [InlineData("a%20b", "a b")]
    [InlineData("100%25", "100%")]
    [InlineData("%2541", "%41")]
    [InlineData("gr%C3%BC%C3%9Fe", "grüße")]
    [InlineData("%F0%9F%90%99.txt", "🐙.txt")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("%3F%23%26", "?#&")]
    [InlineData("line%0Abreak", "line\nbreak")]
    [InlineData("-rf", "-rf")]
    public void A_name_is_what_it_decodes_to(string encoded, string name)
    {
        var response = Put(encoded, "x");
        Assert.Equal(201, response.Status);
        Assert.Equal(encoded, response.Headers["Location"]);
        Assert.Equal("x", File.ReadAllText(_files[name]));
        Assert.Equal("x", Text(Ask("GET", encoded)));
        Assert.Equal(204, Ask("DELETE", encoded).Status);
        Assert.False(File.Exists(_files[name]));
    }

    [Theory]
    [InlineData(255, 201)]
    [InlineData(256, 400)]
    public void A_name_may_have_255_bytes(int length, int status)
    {
        var name = new string('n', length);
        Assert.Equal(status, status == 201 ? Put(name, "x").Status : Ask("PUT", name).Status);
        Assert.Equal(status == 201 ? 200 : 400, Ask("GET", name).Status);
    }

    [Fact]
    public void A_path_that_is_too_long_for_the_system_is_400()
    {
        // Each name is short enough; together they are more than PATH_MAX.
        var path = string.Join('/', Enumerable.Repeat(new string('n', 200), 40));
        Assert.Equal(400, Ask("GET", path).Status);
        Assert.Equal(400, Ask("PUT", path).Status);
        Assert.Empty(_files.Entries);
    }

    [NotRootFact]
    public void A_file_that_nobody_may_read_is_403()
    {
        _files.Add("forbidden", "x");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_files["forbidden"], UnixFileMode.None);
        Assert.Equal(403, Ask("GET", "forbidden").Status);
    }

    [LinuxFact]
    public void A_file_that_not_even_root_may_delete_is_403()
    {
        // Nothing can be deleted in procfs, by anybody.
        var actor = Sys.ActorOf(FilesActor.Props("/proc/self", FileRequests.Settings(4096), FileRequests.Coding));
        actor.Tell(FileRequests.To(_connection, "DELETE", "status"), _connection);
        Assert.Equal(403, _connection.ExpectMsg<HttpResponse>().Status);
    }

    [Fact]
    public void Without_a_directory_everything_is_404()
    {
        var actor = Sys.ActorOf(CachedFilesActor.Definition("files", "", FileRequests.Settings(4096), FileRequests.Coding, []).Props);
        foreach (var method in new[] { "GET", "HEAD", "PUT", "POST", "DELETE" })
        {
            actor.Tell(FileRequests.To(_connection, method, "file"), _connection);
            Assert.Equal(404, _connection.ExpectMsg<HttpResponse>().Status);
        }
    }

    [LinuxFact]
    public void What_is_no_plain_file_does_not_hold_up_the_others()
    {
        // Opening a pipe would wait for somebody to write to it, on one of the few threads that there are.
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_files["pipe"]]))
            made.WaitForExit();
        Assert.Equal(404, Ask("GET", "pipe").Status);
        Add("file", "x");
        Assert.Equal(200, Ask("GET", "file").Status);
    }

    // Answers its tag.
    private string Add(string name, string text)
    {
        File.SetLastWriteTimeUtc(_files.Add(name, text), Written);
        return FileRoot.At(_files.Path).LookAt(_files[name])!.Value.Version.Tag.ToString();
    }

    private HttpResponse Ask(string method, string path, params ReadOnlySpan<(string Name, string Value)> headers) =>
        Ask(method, path, default, headers);

    private HttpResponse Ask(string method, string path, RequestBody body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        _actor.Tell(FileRequests.To(_connection, method, path, body, headers), _connection);
        return _connection.ExpectMsg<HttpResponse>();
    }

    private HttpResponse Put(string path, string text, params ReadOnlySpan<(string Name, string Value)> headers) =>
        Upload("PUT", path, text, headers);

    private HttpResponse Upload(string method, string path, string text, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _actor.Tell(FileRequests.To(_connection, method, path, new RequestBody(true, bytes.Length), headers), _connection);
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyChunk(new Exchange(_connection, 1), bytes));
        _connection.ExpectMsg<PullBody>();
        _connection.Reply(new BodyEnd(new Exchange(_connection, 1)));
        return _connection.ExpectMsg<HttpResponse>();
    }

    private static string Text(HttpResponse response) => Encoding.UTF8.GetString(response.Body.Bytes.Span);

    private byte[] Read(HttpResponse response)
    {
        if (response.Body.Source is not { } source)
            return response.Body.Bytes.ToArray();
        var bytes = new MemoryStream();
        while (true)
        {
            source.Tell(new PullBody(response.Exchange), _connection);
            if (_connection.ExpectMsg<IExchangeMessage>() is not BodyChunk chunk)
                return bytes.ToArray();
            bytes.Write(chunk.Bytes.Span);
        }
    }
}
