using System.IO.Compression;
using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>The table "Endpoints of the console host", row by row, through a socket.</summary>
public sealed class EndpointTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_root_names_the_endpoints()
    {
        var response = await GetAsync("/");
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        foreach (var endpoint in new[] { "/echo/", "/user-agent", "/files/" })
            Assert.Contains(endpoint, response.Text);
    }

    [Theory]
    [InlineData("/echo/abc", "abc")]
    [InlineData("/echo/a/b//c/", "a/b//c/")]
    [InlineData("/echo/", "")]
    [InlineData("/echo/a%20b", "a b")]
    [InlineData("/echo/%2520", "%20")]
    [InlineData("/echo/abc?x=1", "abc")]
    [InlineData("/echo/%3Fx", "?x")]
    [InlineData("/echo/a+b", "a+b")]
    [InlineData("/ech%6F/abc", "abc")]
    [InlineData("http://other.example/echo/abc", "abc")]
    public async Task Echo_gives_the_text_back_decoded_once(string target, string text)
    {
        var response = await GetAsync(target);
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Equal(text, response.Text);
    }

    [Fact]
    public async Task Echo_decodes_UTF_8()
    {
        var response = await GetAsync("/echo/gr%C3%BC%C3%9Fe%20%F0%9F%90%99");
        Assert.Equal("grüße 🐙", Encoding.UTF8.GetString(response.Body));
    }

    [Theory]
    [InlineData("User-Agent: foobar/1.2.3\r\n", "foobar/1.2.3")]
    [InlineData("user-agent:   spaced out \t \r\n", "spaced out")]
    [InlineData("USER-AGENT: caf\u00E9\r\n", "caf\u00E9")]
    [InlineData("User-Agent:\r\n", "")]
    [InlineData("", "")]
    public async Task User_agent_gives_the_field_back(string line, string value)
    {
        var response = await server.ExchangeAsync($"GET /user-agent HTTP/1.1\r\nHost: x\r\n{line}\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Equal(value, response.Text);
        Assert.Equal(("User-Agent", "private"), (response["Vary"], response["Cache-Control"]));
    }

    [Fact, Trait("RFC", "9110 §12.5.5")]
    public async Task A_user_agent_that_is_worth_coding_varies_by_both_fields()
    {
        var response = await server.ExchangeAsync(
            $"GET /user-agent HTTP/1.1\r\nHost: x\r\nUser-Agent: {new string('a', 1000)}\r\nAccept-Encoding: gzip\r\n\r\n");
        Assert.Equal(("gzip", "User-Agent, Accept-Encoding"), (response["Content-Encoding"], response["Vary"]));
    }

    [Theory]
    [InlineData("page.html", "text/html")]
    [InlineData("data.json", "application/json")]
    [InlineData("picture.png", "image/png")]
    [InlineData("noextension", "application/octet-stream")]
    [InlineData("weird.unknownextension", "application/octet-stream")]
    public async Task A_file_comes_with_its_media_type_and_its_validators(string name, string type)
    {
        server.Files.Add(name, "0123456789");
        var response = await GetAsync($"/files/{name}");
        Assert.Equal(200, response.Status);
        Assert.StartsWith(type, response["Content-Type"]);
        Assert.Equal("0123456789", response.Text);
        Assert.Equal("bytes", response["Accept-Ranges"]);
        Assert.Matches("^\"[^\"]+\"$", response["ETag"]);
        Assert.EndsWith(" GMT", response["Last-Modified"]);
    }

    [Theory]
    [InlineData("/files/absent")]
    [InlineData("/files/absent/deeper")]
    [InlineData("/files/absent/")]
    [InlineData("/filesystem")]
    [InlineData("/nothing/here")]
    [InlineData("//")]
    [InlineData("/ECHO/abc")]
    public async Task Anything_else_is_404_and_the_connection_is_kept(string path)
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(404, response.Status);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Matches("^[^\n]+\n$", response.Text);
        Assert.Null(response["Connection"]);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Post_stores_a_file_and_says_where()
    {
        var created = await SendAsync("POST", "/files/folder/post.bin", "first");
        Assert.Equal(201, created.Status);
        Assert.Equal("post.bin", created["Location"]);
        Assert.Equal("first", (await GetAsync("/files/folder/post.bin")).Text);

        Assert.Equal(201, (await SendAsync("POST", "/files/folder/post.bin", "second")).Status);
        Assert.Equal("second", (await GetAsync("/files/folder/post.bin")).Text);
    }

    [Fact]
    public async Task Put_tells_a_new_file_from_a_replaced_one()
    {
        var created = await SendAsync("PUT", "/files/put.bin", "first");
        Assert.Equal(201, created.Status);
        Assert.Equal("put.bin", created["Location"]);
        var replaced = await SendAsync("PUT", "/files/put.bin", "second");
        Assert.Equal(204, replaced.Status);
        Assert.Equal("second", (await GetAsync("/files/put.bin")).Text);
    }

    [Fact]
    public async Task A_chunked_body_is_stored_as_the_bytes_that_it_means()
    {
        var created = await server.ExchangeAsync(
            "POST /files/chunked.bin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n "
                + "\r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n");
        Assert.Equal(201, created.Status);
        Assert.Equal("hello world", File.ReadAllText(server.Files["chunked.bin"]));
    }

    [Theory]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    public async Task An_empty_body_is_an_empty_file(string rest)
    {
        var name = $"empty-{rest.Length}";
        Assert.Equal(201, (await server.ExchangeAsync($"POST /files/{name} HTTP/1.1\r\nHost: x\r\n{rest}")).Status);
        Assert.Equal(0, new FileInfo(server.Files[name]).Length);
        var read = await GetAsync($"/files/{name}");
        Assert.Equal("0", read["Content-Length"]);
    }

    [Fact]
    public async Task Delete_removes_a_file_once()
    {
        server.Files.Add("doomed", "x");
        Assert.Equal(204, (await SendAsync("DELETE", "/files/doomed", null)).Status);
        Assert.False(File.Exists(server.Files["doomed"]));
        Assert.Equal(404, (await SendAsync("DELETE", "/files/doomed", null)).Status);
    }

    [Theory, Trait("RFC", "9110 §9.3.2")]
    [InlineData("/")]
    [InlineData("/echo/abc")]
    [InlineData("/user-agent")]
    [InlineData("/files/head.txt")]
    [InlineData("/files/head-large.bin")]
    [InlineData("/files/head-absent")]
    [InlineData("/nowhere")]
    public async Task Head_says_what_get_would_and_sends_no_body(string path)
    {
        server.Files.Add("head.txt", new string('x', 2000));
        server.Files.Add("head-large.bin", new byte[300_000]);
        using var client = await server.ConnectAsync();
        foreach (var accept in new[] { "", "Accept-Encoding: gzip\r\n" })
        {
            var get = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: h\r\n{accept}\r\n");
            var head = await client.ExchangeAsync($"HEAD {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: h\r\n{accept}\r\n", "HEAD");
            Assert.Equal(get.Status, head.Status);
            Assert.Equal(WithoutDate(get), WithoutDate(head));
        }

        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Theory, Trait("RFC", "9110 §9.3.7")]
    [InlineData("/", "GET, HEAD, OPTIONS")]
    [InlineData("/echo", "POST, OPTIONS")]
    [InlineData("/echo/abc", "GET, HEAD, OPTIONS")]
    [InlineData("/files/x", "GET, HEAD, POST, PUT, DELETE, OPTIONS")]
    [InlineData("*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]
    [InlineData("http://x", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")]
    public async Task Options_says_what_is_allowed(string target, string allowed)
    {
        var response = await SendAsync("OPTIONS", target, null);
        Assert.Equal(204, response.Status);
        Assert.Equal(allowed.Split(", ").Order(), response["Allow"]!.Split(", ").Order());
        Assert.Equal(target == "/files/x" ? "application/partial-upload" : null, response["Accept-Patch"]);
        Assert.Null(response["Content-Length"]);
        Assert.Null(response["Transfer-Encoding"]);
    }

    [Theory]
    [InlineData("Content-Type: application/x-thing\r\nContent-Length: 5\r\n\r\nhello", "application/x-thing")]
    [InlineData("Content-Length: 5\r\n\r\nhello", null)]
    [InlineData(
        "Content-Type: text/plain;charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "text/plain;charset=utf-8")]
    public async Task Post_echo_gives_body_and_type_back(string rest, string? type)
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync($"POST /echo HTTP/1.1\r\nHost: x\r\n{rest}");
        Assert.Equal(200, response.Status);
        Assert.Equal(type, response["Content-Type"]);
        Assert.Equal("hello", response.Text);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Post_echo_of_nothing_is_nothing()
    {
        var response = await SendAsync("POST", "/echo", "");
        Assert.Equal(200, response.Status);
        Assert.Equal("0", response["Content-Length"]);
    }

    [Theory, Trait("RFC", "9110 §15.5.6")]
    [InlineData("DELETE", "/")]
    [InlineData("POST", "/user-agent")]
    [InlineData("GET", "/echo")]
    [InlineData("PATCH", "/files/x")]
    [InlineData("TRACE", "/")]
    public async Task A_known_path_with_another_method_is_405_with_allow(string method, string path)
    {
        var response = await SendAsync(method, path, null);
        Assert.Equal(405, response.Status);
        Assert.Contains("OPTIONS", response["Allow"]);
        Assert.Null(response["Connection"]);
    }

    [Theory, Trait("RFC", "9110 §15.6.2")]
    [InlineData("BREW")]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    public async Task A_method_that_nobody_implements_is_501(string method)
    {
        var response = await SendAsync(method, "/", null);
        Assert.Equal(501, response.Status);
        Assert.Null(response["Connection"]);
    }

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("zstd", "zstd")]
    [InlineData("gzip, deflate, zstd", "zstd")]
    [InlineData("br;q=0.5, gzip;q=1", "gzip")]
    [InlineData("gzip;q=0, *", "br")]
    [InlineData("*;q=0, gzip", "gzip")]
    [InlineData("identity;q=0, deflate", "deflate")]
    [InlineData("gzip;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("", null)]
    public async Task The_coding_follows_accept_encoding(string accept, string? coding)
    {
        var response = await server.ExchangeAsync($"GET /echo/some-text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {accept}\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal(coding, response["Content-Encoding"]);
        Assert.Equal("Accept-Encoding", response["Vary"]);
        Assert.Equal(response.Body.Length.ToString(), response["Content-Length"]);
        Assert.Equal("some-text", Encoding.ASCII.GetString(Decode(response)));
    }

    [Fact, Trait("RFC", "9110 §12.5.3")]
    public async Task A_client_that_takes_nothing_we_have_is_told_406()
    {
        var response = await server.ExchangeAsync("GET /echo/abc HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity;q=0, compress\r\n\r\n");
        Assert.Equal(406, response.Status);
    }

    [Theory]
    [InlineData("text.txt", 100_000)]
    [InlineData("small.txt", 1000)]
    public async Task A_coded_file_has_a_tag_of_its_own_and_decodes_to_its_bytes(string name, int length)
    {
        var text = string.Concat(Enumerable.Range(0, length / 10).Select(i => $"{i,9}\n"));
        server.Files.Add(name, text);
        var plain = await GetAsync($"/files/{name}");
        var coded = await server.ExchangeAsync($"GET /files/{name} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
        Assert.Equal("gzip", coded["Content-Encoding"]);
        Assert.Contains("Accept-Encoding", coded["Vary"]);
        Assert.NotEqual(plain["ETag"], coded["ETag"]);
        Assert.Equal(text, Encoding.ASCII.GetString(Decode(coded)));
        Assert.Equal(length > 32 * 1024, coded["Transfer-Encoding"] == "chunked");
    }

    [Fact]
    public async Task Without_a_directory_files_is_404()
    {
        await using var bare = await RunningServer.StartAsync(servesFiles: false);
        Assert.Equal(404, (await bare.ExchangeAsync("GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Equal(404, (await bare.ExchangeAsync("POST /files/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")).Status);
    }

    [Fact]
    public async Task A_route_of_somebody_else_answers()
    {
        var response = await GetAsync("/hello/big%20world");
        Assert.Equal(200, response.Status);
        Assert.Equal("Hello, big world!", response.Text);
        Assert.Equal(405, (await SendAsync("POST", "/hello/x", "y")).Status);
        Assert.Equal("GET, HEAD, OPTIONS", (await SendAsync("OPTIONS", "/hello/x", null))["Allow"]);
    }

    private static byte[] Decode(RawResponse response)
    {
        var body = new MemoryStream(response.Body);
        using Stream decoder = response["Content-Encoding"] switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),

            "zstd" => new ZstdSharp.DecompressionStream(body),

            // RFC 9110 §8.4.1.2: "deflate" is the zlib format.
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => body,
        };
        var bytes = new MemoryStream();
        decoder.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static IEnumerable<(string, string)> WithoutDate(RawResponse response) =>
        response.Head.Fields.Where(field => field.Name != "Date");

    private Task<RawResponse> GetAsync(string target) => server.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");

    private Task<RawResponse> SendAsync(string method, string target, string? body) => server.ExchangeAsync(
        $"{method} {target} HTTP/1.1\r\nHost: x\r\n{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}", method);
}
