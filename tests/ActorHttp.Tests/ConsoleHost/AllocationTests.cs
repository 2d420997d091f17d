using System.Globalization;
using System.Text;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>
/// What a whole request allocates, held below the budgets of docs/performance.md. The server has a process of its own, because
/// the runtime counts allocations per process, and the tests beside this one allocate too.
/// </summary>
public sealed class AllocationTests : IDisposable
{
    private const int WarmUp = 2_000;
    private const int Requests = 4_800;

    // What else happens in the server during a round (a timer, a method that is compiled anew) can only add to it.
    private const int Rounds = 5;

    private const string UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
        + "Safari/537.36";
    private const string Echo = "GET /echo/abc HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static readonly string Browser = string.Join(
        "\r\n",
        "GET /user-agent HTTP/1.1",
        "Host: localhost:4221",
        "Connection: keep-alive",
        "Cache-Control: max-age=0",
        "sec-ch-ua: \"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\"",
        "sec-ch-ua-mobile: ?0",
        "sec-ch-ua-platform: \"Linux\"",
        "DNT: 1",
        "Upgrade-Insecure-Requests: 1",
        $"User-Agent: {UserAgent}",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-User: ?1",
        "Sec-Fetch-Dest: document",
        $"Referer: http://localhost:4221/index.html?{new string('q', 100)}",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
        "If-None-Match: \"5f3a-1b2c\"",
        "Priority: u=0, i",
        $"Cookie: session={new string('c', 430)}; theme={new string('d', 180)}",
        "",
        "");

    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [LinuxFact]
    public Task A_request_allocates_no_more_than_its_budget() => AssertBudgetAsync("`GET /echo/abc`", Echo, "abc", 1);

    [LinuxFact]
    public Task A_pipelined_request_allocates_no_more_than_its_budget() =>
        AssertBudgetAsync("`GET /echo/abc`, 16 at once", Echo, "abc", 16);

    [LinuxFact]
    public Task A_browsers_request_allocates_no_more_than_its_budget()
    {
        Assert.InRange(Browser.Length, 1450, 1550);
        return AssertBudgetAsync("a browser's: `GET /user-agent`, 20 fields, 1.5 KB", Browser, UserAgent, 1);
    }

    private async Task AssertBudgetAsync(string row, string request, string body, int atOnce)
    {
        var budget = Budget(row);
        var config = _files.Add("own.conf", "actor-http.faults.enabled = on");
        using var server = ServerProcess.Start(["--port", "0", "--config", config]);
        await server.ReadyAsync();
        using var client = await RawClient.ConnectAsync(server.Address);
        var load = await Load.PrepareAsync(client, request, body, atOnce);
        await load.SendAsync(WarmUp);
        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = await AllocatedAsync(client);
            await load.SendAsync(Requests);
            least = Math.Min(least, (double)(await AllocatedAsync(client) - before) / Requests);
        }

        // No request is free: one that seems so was not measured.
        Assert.InRange(least, 100, budget);
    }

    private static double Budget(string row)
    {
        var line = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "performance.md")).Single(
            line => line.StartsWith($"| {row} |", StringComparison.Ordinal));
        return double.Parse(line.Split('|')[3].Trim().Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private static async Task<long> AllocatedAsync(RawClient client) => long.Parse(
        (await client.ExchangeAsync("GET /_fault/allocated HTTP/1.1\r\nHost: localhost\r\n\r\n")).Text, CultureInfo.InvariantCulture);

    /// <summary>The same request again and again, so many at once; all their answers before the next.</summary>
    private sealed class Load(RawClient client, byte[] requests, byte[] end, int answers)
    {
        private readonly byte[] _read = new byte[answers];

        public static async Task<Load> PrepareAsync(RawClient client, string request, string body, int atOnce)
        {
            var answer = await client.ExchangeAsync(request);
            Assert.Equal((200, body), (answer.Status, answer.Text));

            // As long as each of them: the Date does not change its length.
            var end = Encoding.Latin1.GetBytes($"\r\n\r\n{body}");
            var head = "HTTP/1.1 200 OK".Length + answer.Head.Fields.Sum(field => $"\r\n{field.Name}: {field.Value}".Length);
            return new Load(
                client, Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(request, atOnce))), end, (head + end.Length) * atOnce)
            {
                AtOnce = atOnce,
            };
        }

        private int AtOnce { get; init; }

        public async Task SendAsync(int count)
        {
            for (; count > 0; count -= AtOnce)
            {
                await client.SendAsync(requests);
                for (var read = 0; read < _read.Length;)
                {
                    var received = await client.Socket.ReceiveAsync(_read.AsMemory(read), client.Deadline);
                    Assert.NotEqual(0, received);
                    read += received;
                }

                Assert.True(
                    _read.AsSpan().StartsWith("HTTP/1.1 200 OK\r\n"u8) && _read.AsSpan().EndsWith(end), Encoding.Latin1.GetString(_read));
            }
        }
    }
}
