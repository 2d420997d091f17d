using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// Each limit on what a client may send one below, at and one above, through a socket: the answer, and what becomes of the
/// connection. That a limit is exact however the bytes are split is shown by Vectors/12-limits.md.
/// </summary>
public sealed class LimitTests(LimitTests.SmallServer server) : IClassFixture<LimitTests.SmallServer>
{
    private const int Body = 200;
    private const int Upload = 50;
    private const int Discarded = 100;
    private const int Pipelining = 3;

    private const string Next = "GET /echo/next HTTP/1.1\r\nHost: x\r\n\r\n";

    // What is over one of these leaves nobody knowing where it ends.
    private static readonly Dictionary<string, Limit> Limits = new()
    {
        ["request line"] = new(64, 414, size => $"GET /echo/{new string('a', size - 19)} HTTP/1.1\r\nHost: x\r\n\r\n"),
        ["field section"] = new(256, 431, size => $"GET / HTTP/1.1\r\nHost: x\r\nA: {new string('b', size - 16)}\r\n\r\n"),
        ["field count"] = new(6, 431, count => $"GET / HTTP/1.1\r\nHost: x\r\n{Repeat("A: b\r\n", count - 1)}\r\n"),
        ["extensions of one chunk"] = new(24, 400, size => Chunked($"1;{new string('e', size - 1)}\r\nb\r\n0\r\n\r\n")),
        ["extensions of all chunks"] = new(24, 400, size => Chunked($"1;eeeeeeeee\r\nb\r\n0;{new string('e', size - 11)}\r\n\r\n")),
        ["trailer section"] = new(48, 400, size => Chunked($"0\r\nT: {new string('t', size - 7)}\r\n\r\n")),
        ["trailer count"] = new(6, 400, count => Chunked($"0\r\n{Repeat("T: t\r\n", count)}\r\n")),
        ["body in one chunk"] = new(Body, 413, size => Chunked($"{size:x}\r\n{new string('b', size)}\r\n0\r\n\r\n")),
        ["body in many chunks"] = new(Body, 413, size => Chunked($"{Repeat("1\r\nb\r\n", size)}0\r\n\r\n")),
        ["upload"] = new(Upload, 413, size => Chunked($"{Repeat("1\r\nb\r\n", size)}0\r\n\r\n", "/files/chunked"), Accepted: 201),
    };

    public static TheoryData<string, int> AroundLimits { get; } = Around(Limits.Select(limit => (limit.Key, limit.Value.Most)));

    public static TheoryData<string, int> AroundBodies { get; } = Around([("/length", Body), ("/files/declared", Upload)]);

    public static TheoryData<string, int> AroundDiscarded { get; } = Around([("declared", Discarded), ("chunked", Discarded)]);

    [Theory, MemberData(nameof(AroundLimits))]
    public async Task What_is_within_a_limit_is_served_and_what_is_above_it_is_the_last(string name, int size)
    {
        var limit = Limits[name];
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync(limit.Request(size) + Next);
        if (size <= limit.Most)
        {
            Assert.Equal(limit.Accepted, response.Status);
            Assert.Null(response["Connection"]);
            Assert.Equal("next", (await client.ReadResponseAsync()).Text);
        }
        else
        {
            Assert.Equal(limit.Refusal, response.Status);
            await ExpectCloseAsync(client, response);
        }
    }

    [Fact]
    public async Task A_chunked_body_is_refused_as_soon_as_it_has_passed_its_limit()
    {
        // The chunk that it is in goes on, and never ends.
        using var client = await server.ConnectAsync();
        var response = await client.ExchangeAsync(Chunked($"1000\r\n{new string('b', Body + 1)}"));
        Assert.Equal(413, response.Status);
        await ExpectCloseAsync(client, response);
    }

    [Theory, MemberData(nameof(AroundBodies))]
    public async Task A_declared_body_is_refused_before_it_comes(string path, int size)
    {
        var most = path == "/length" ? Body : Upload;
        using var client = await server.ConnectAsync();
        await client.SendAsync(Declared(path, size));
        if (size <= most)
            await client.SendAsync(new string('b', size));
        var response = await client.ReadResponseAsync();
        if (size <= most)
            Assert.Equal(path == "/length" ? 200 : 201, response.Status);
        else
            Assert.Equal(413, response.Status);

        if (size > most && size > Discarded)
        {
            await ExpectCloseAsync(client, response);
            return;
        }

        // What is refused but small is thrown away when it comes after all.
        Assert.Null(response["Connection"]);
        await client.SendAsync((size <= most ? "" : new string('b', size)) + Next);
        Assert.Equal("next", (await client.ReadResponseAsync()).Text);
    }

    [Theory, MemberData(nameof(AroundBodies)), Trait("RFC", "9110 §10.1.1")]
    public async Task A_client_that_waits_for_100_is_asked_only_for_what_is_within_the_limit(string path, int size)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(Declared(path, size, "Expect: 100-continue\r\n"));
        if (size <= (path == "/length" ? Body : Upload))
        {
            Assert.Equal(100, (await client.ReadInterimAsync()).Status);
            Assert.Equal(path == "/length" ? 200 : 201, (await client.ExchangeAsync(new string('b', size) + Next)).Status);
            Assert.Equal("next", (await client.ReadResponseAsync()).Text);
        }
        else
        {
            var response = await client.ReadResponseAsync();
            Assert.Equal(413, response.Status);
            await ExpectCloseAsync(client, response);
        }
    }

    [Theory, MemberData(nameof(AroundDiscarded))]
    public async Task A_body_that_its_handler_does_not_read_is_thrown_away_up_to_the_limit(string framing, int size)
    {
        var body = new string('b', size);
        using var client = await server.ConnectAsync();
        await client.SendAsync(
            framing == "declared" ? Declared("/deaf", size) : "POST /deaf HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");

        // The answer is there before the body: when it was written, a declared length was known and a chunked one was not.
        var response = await client.ReadResponseAsync();
        Assert.Equal("whatever", response.Text);
        Assert.Equal(framing == "declared" && size > Discarded ? "close" : null, response["Connection"]);
        await client.SendAsync((framing == "declared" ? body : $"{size:x}\r\n{body}\r\n0\r\n\r\n") + Next);
        if (size <= Discarded)
            Assert.Equal("next", (await client.ReadResponseAsync()).Text);
        else
            await client.ExpectFinAsync();
    }

    [Theory, Trait("RFC", "9112 §9.3.2")]
    [InlineData(Pipelining - 1)]
    [InlineData(Pipelining)]
    [InlineData(Pipelining + 1)]
    public async Task No_more_requests_of_one_client_are_open_at_once_than_the_limit(int count)
    {
        var patient = server.Server.System.ActorSelection("/user/actor-http/handlers/patient");
        int Waiting() => patient.Ask<int>("count", TimeSpan.FromSeconds(10)).GetAwaiter().GetResult();

        // In one packet: had the last one been read, it would have gone to the handler with the others.
        using var client = await server.ConnectAsync();
        await client.SendAsync(Repeat("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n", count));
        await Until.TrueAsync(() => Waiting() == Math.Min(count, Pipelining), "as many are there as may be");
        patient.Tell("answer");
        for (var i = 1; i <= Math.Min(count, Pipelining); i++)
            Assert.Equal($"at last {i}", (await client.ReadResponseAsync()).Text);
        if (count <= Pipelining)
            return;
        await Until.TrueAsync(() => Waiting() == 1, "there was room for the last one");
        patient.Tell("answer");
        Assert.Equal($"at last {count}", (await client.ReadResponseAsync()).Text);
    }

    private static TheoryData<string, int> Around(IEnumerable<(string Name, int Most)> limits)
    {
        var rows = new TheoryData<string, int>();
        foreach (var (name, most) in limits)
        {
            rows.Add(name, most - 1);
            rows.Add(name, most);
            rows.Add(name, most + 1);
        }

        return rows;
    }

    private static async Task ExpectCloseAsync(RawClient client, RawResponse response)
    {
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
    }

    private static string Declared(string path, int length, string fields = "") =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {length}\r\n\r\n";

    private static string Chunked(string body, string path = "/length") =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    /// <summary>One server for all of them, with limits that a line of text can pass.</summary>
    public sealed class SmallServer : ServerFixture
    {
        private protected override string Settings => $$"""
            actor-http {
              limits {
                request-line-size = {{Limits["request line"].Most}}B
                field-section-size = {{Limits["field section"].Most}}B
                field-count = {{Limits["field count"].Most}}
                chunk-extension-size = {{Limits["extensions of one chunk"].Most}}B
                trailer-section-size = {{Limits["trailer section"].Most}}B
                body-size = {{Body}}B
                discarded-body-size = {{Discarded}}B
                pipelining = {{Pipelining}}
              }
              files.body-size = {{Upload}}B
            }
            """;
    }

    private sealed record Limit(int Most, int Refusal, Func<int, string> Request, int Accepted = 200);
}
