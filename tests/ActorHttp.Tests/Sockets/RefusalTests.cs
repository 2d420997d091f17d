using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>The table "Refused, on purpose", row by row, through a socket: the answer, and what becomes of the connection.</summary>
public sealed class RefusalTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Post = "POST /files/refused HTTP/1.1\r\nHost: x\r\n";
    private const string Chunked = Post + "Transfer-Encoding: chunked\r\n\r\n";

    // What would be a request if the stream were still trusted.
    private const string Smuggled = "GET /echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    public static TheoryData<string, string, int> LostFraming { get; } = new()
    {
        { "two spaces behind the method", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "two spaces before the version", "GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a tab for a space", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a tab in the target", "GET /\t HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a blank before the method", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a blank behind the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400 },
        { "no version", "GET /\r\nHost: x\r\n\r\n", 400 },
        { "a lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a version of two digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400 },
        { "two empty lines before the request", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a bare LF behind the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400 },
        { "a bare LF behind a field", "GET / HTTP/1.1\r\nHost: x\n\r\n", 400 },
        { "a bare LF for the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400 },
        { "a bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a bare CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400 },
        { "a NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400 },
        { "a control in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\u0001c\r\n\r\n", 400 },
        { "a DEL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\u007Fc\r\n\r\n", 400 },
        { "a NUL in the target", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a folded field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400 },
        { "a folded first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400 },
        { "a space before a colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
        { "a tab before a colon", "GET / HTTP/1.1\r\nHost: x\r\nA\t: b\r\n\r\n", 400 },
        { "an empty field name", "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400 },
        { "a field name that is no token", "GET / HTTP/1.1\r\nHost: x\r\nA(b): c\r\n\r\n", 400 },
        { "a field without a colon", "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", 400 },
        { "a percent sign with one digit", "GET /%2 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a percent sign without hex digits", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a fragment", "GET /#top HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "raw Latin-1 in the target", "GET /caf\u00E9 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a target without a slash", "GET echo HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003", 400 },

        { "no Host", "GET / HTTP/1.1\r\n\r\n", 400 },
        { "two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400 },
        { "two equal Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400 },
        { "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
        { "a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400 },
        { "a Host with a blank", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400 },
        { "a Host with user information", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", 400 },
        { "a Host with a list", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400 },
        { "a Host with a bad port", "GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", 400 },
        { "an absolute form and no Host", "GET http://x/ HTTP/1.1\r\n\r\n", 400 },

        { "an asterisk with GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 501 },

        { "a signed length", Post + "Content-Length: +5\r\n\r\nhello", 400 },
        { "a negative length", Post + "Content-Length: -5\r\n\r\nhello", 400 },
        { "a length in hex", Post + "Content-Length: 0x5\r\n\r\nhello", 400 },
        { "an empty length", Post + "Content-Length:\r\n\r\nhello", 400 },
        { "a length with a blank in it", Post + "Content-Length: 5 5\r\n\r\nhello", 400 },
        { "a length that overflows", Post + "Content-Length: 9223372036854775808\r\n\r\nhello", 400 },
        { "two equal lengths", Post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400 },
        { "a list of two equal lengths", Post + "Content-Length: 5, 5\r\n\r\nhello", 400 },
        { "another scheme", "GET https://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 421 },
        { "a method of 9,000 letters", new string('G', 9000) + " / HTTP/1.1\r\nHost: x\r\n\r\n", 501 },
        { "a quotation mark in the path", "GET /\" HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
        { "two different lengths", Post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400 },
        { "two different lengths in one line", Post + "Content-Length: 5, 6\r\n\r\nhello", 400 },

        { "both framings", Post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "both framings, the other way round", Post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400 },
        { "chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "chunked twice", Post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400 },
        { "chunked not last", Post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400 },
        { "no chunked at all", Post + "Transfer-Encoding: gzip\r\n\r\n", 400 },
        { "an empty Transfer-Encoding", Post + "Transfer-Encoding:\r\n\r\n", 400 },
        { "a Transfer-Encoding with a hole", Post + "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", 400 },
        { "a Transfer-Encoding that only looks like chunked", Post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400 },
        { "a coding that is not ours", Post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },

        { "a chunk size that is no hex", Chunked + "g\r\n", 400 },
        { "a chunk size in C's hex", Chunked + "0x5\r\nhello\r\n0\r\n\r\n", 400 },
        { "an empty chunk size", Chunked + "\r\nhello\r\n0\r\n\r\n", 400 },
        { "a chunk size that overflows", Chunked + "ffffffffffffffff0\r\nhello", 400 },
        { "a blank before a chunk size", Chunked + " 5\r\nhello\r\n0\r\n\r\n", 400 },
        { "a blank behind a chunk size", Chunked + "5 \r\nhello\r\n0\r\n\r\n", 400 },
        { "a bare LF behind a chunk size", Chunked + "5\nhello\r\n0\r\n\r\n", 400 },
        { "a chunk that is longer than it says", Chunked + "5\r\nhello!\r\n0\r\n\r\n", 400 },
        { "a bare LF behind a chunk", Chunked + "5\r\nhello\n0\r\n\r\n", 400 },
        { "an extension without a name", Chunked + "5;\r\nhello\r\n0\r\n\r\n", 400 },
        { "an extension with a NUL", Chunked + "5;a=\0\r\nhello\r\n0\r\n\r\n", 400 },
        { "an extension with a lone quote", Chunked + "5;a=\"b\r\nhello\r\n0\r\n\r\n", 400 },
        { "a malformed trailer", Chunked + "0\r\nA : b\r\n\r\n", 400 },
        { "a trailer that frames", Chunked + "0\r\nContent-Length: 5\r\n\r\n", 400 },
        {
            "over-long trailers",
            Chunked + "0\r\n" + string.Concat(Enumerable.Repeat("A: " + new string('b', 1000) + "\r\n", 40)) + "\r\n",
            400
        },
        { "over-long extensions", Chunked + "5;a=" + new string('b', 20_000) + "\r\nhello\r\n0\r\n\r\n", 400 },

        { "an unknown expectation", Post + "Expect: 200-maybe\r\nContent-Length: 5\r\n\r\nhello", 417 },
        { "HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
        { "HTTP/0.9 with a version", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505 },
        { "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },

        { "a request line that is too long", "GET /" + new string('a', 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414 },
        { "a request line that never ends", "GET /" + new string('a', 100_000), 414 },
        { "fields that are too large", "GET / HTTP/1.1\r\nHost: x\r\nA: " + new string('b', 40_000) + "\r\n\r\n", 431 },
        { "too many fields", "GET / HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 100)) + "\r\n", 431 },
    };

    public static TheoryData<string> WaysOut { get; } =
    [
        "/files/../secret",
        "/files/%2e%2e/secret",
        "/files/%2E%2E%2Fsecret",
        "/files/..%2fsecret",
        "/files/a/../../secret",
        "/files/a/%2e%2e/%2e%2e/secret",
        "/files/..\\secret",
        "/files/..%5csecret",
        "/files//secret",
        "/files/%2fetc/passwd",
        "/files//etc/passwd",
        "/files/%00",
        "/files/inside%00.txt",
        "/files/%2e%2e%00/secret",
        "/files/....//secret",
        "/files/out/secret",
        "/files/out-file",
        "/files/%c0%ae%c0%ae/secret",
    ];

    [Theory, MemberData(nameof(LostFraming)), Trait("RFC", "9112 §9.6")]
    public async Task What_cannot_be_read_is_refused_and_is_the_last(string what, string bytes, int status)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(bytes + Smuggled);
        var response = await client.ReadResponseAsync();
        Assert.True(status == response.Status, $"{what}: {response.Status} {response.Text}");
        Assert.Equal("close", response["Connection"]);
        Assert.Equal("text/plain", response["Content-Type"]);
        Assert.Matches("^[^\n]+\n$", response.Text);
        await client.ExpectFinAsync();
        Assert.DoesNotContain("refused", server.Files.Entries);
    }

    [Theory, MemberData(nameof(LostFraming))]
    public async Task What_cannot_be_read_is_refused_behind_the_answers_before_it(string what, string bytes, int status)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /echo/first HTTP/1.1\r\nHost: x\r\n\r\n" + bytes + Smuggled);
        Assert.Equal("first", (await client.ReadResponseAsync()).Text);
        var response = await client.ReadResponseAsync();
        Assert.True(status == response.Status, $"{what}: {response.Status} {response.Text}");
        await client.ExpectFinAsync();
    }

    [Fact, Trait("RFC", "9112 §9.6")]
    public async Task A_client_that_goes_on_sending_still_reads_its_refusal()
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync("nonsense\r\n\r\n");
        await client.SendAsync(new byte[300_000]);
        Assert.Equal(400, (await client.ReadResponseAsync()).Status);
        await client.ExpectFinAsync();

        // The server has closed its side and reads on. Had it closed outright, the first of these writes would bring a
        // reset, and the second would fail.
        for (var i = 0; i < 32; i++)
            await client.SendAsync(new byte[64 * 1024]);
    }

    [Theory, MemberData(nameof(WaysOut))]
    public async Task No_path_leads_out_of_the_directory(string target)
    {
        var secret = server.Files["../secret"];
        File.WriteAllText(secret, "the secret");
        if (!Path.Exists(server.Files["out"]))
            Directory.CreateSymbolicLink(server.Files["out"], Path.GetDirectoryName(server.Files.Path)!);
        if (!Path.Exists(server.Files["out-file"]))
            File.CreateSymbolicLink(server.Files["out-file"], secret);

        foreach (var method in new[] { "GET", "HEAD", "PUT", "DELETE" })
        {
            var rest = method == "PUT" ? "Content-Length: 6\r\n\r\nbroken" : "\r\n";
            var response = await server.ExchangeAsync($"{method} {target} HTTP/1.1\r\nHost: x\r\n{rest}", method);
            // A link is in the folder though its target is not: DELETE removes the link. A name with a backslash is a name.
            int[] statuses = (method, target) switch
            {
                ("DELETE", "/files/out-file") => [204],
                ("DELETE" or "PUT", "/files/..%5csecret") => [403],
                _ => [400, 404],
            };
            Assert.Contains(response.Status, statuses);
            Assert.DoesNotContain("the secret", response.Text);
        }

        Assert.Equal("the secret", File.ReadAllText(secret));
    }

    [Theory, Trait("RFC", "9112 §3.2.2")]
    [InlineData("http://other.example/echo/abc")]
    [InlineData("HTTP://other.example:8080/echo/abc")]
    [InlineData("hTTp://[::1]/echo/abc")]
    public async Task An_absolute_form_is_accepted(string target)
    {
        var response = await server.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Equal("abc", response.Text);
    }

    [Fact, Trait("RFC", "9110 §2.5")]
    public async Task A_higher_minor_version_is_served_as_1_1()
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync("GET / HTTP/1.9\r\nHost: x\r\n\r\n");
        Assert.Equal(200, response.Status);
        Assert.Null(response["Connection"]);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact, Trait("RFC", "9112 §2.2")]
    public async Task One_empty_line_before_a_request_is_forgiven()
    {
        var response = await server.ExchangeAsync("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task A_declared_body_that_is_too_large_is_refused_before_it_comes()
    {
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30000001\r\n\r\n");
        Assert.Equal(413, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
    }

    [Fact]
    public async Task Random_bytes_never_cost_another_client_its_answer()
    {
        using var bystander = await server.ConnectAsync();
        var random = new Random(20260726);
        for (var i = 0; i < 200; i++)
        {
            using var client = await server.ConnectAsync();
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
                await client.SendAsync("GET / HTTP/1.1\r\nHost: x");
            await client.SendAsync(bytes);
            client.FinishSending();
            var (answer, _) = await client.ReadToEndAsync();
            if (answer.Length > 0)
                Assert.StartsWith("HTTP/1.1 ", Encoding.Latin1.GetString(answer));
        }

        Assert.Equal(200, (await bystander.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }
}
