using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using ActorHttp.Files.Storage;
using Xunit.Abstractions;

namespace ActorHttp.Tests.Sockets;

/// <summary>Failure stays where it happened: whatever is killed, nobody gets another's answer, and nobody is lied to.</summary>
public sealed class IsolationTests(ITestOutputHelper output)
{
    private const int Visitors = 50;
    private const int Visits = 15;
    private const int RequestsOfAKill = 3;

    // A handler's time is so long that a request which is lost shows as one that gets no answer.
    private const string Settings = """
        actor-http { timeouts.handler = 5m, files.flush-to-disk = off }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_is_killed_no_answer_reaches_another_request_and_the_server_is_soon_whole(int seed)
    {
        await using var server = await RunningServer.StartAsync(Settings, Guests.AddTo);
        for (var i = 0; i < Visitor.Files; i++)
            server.Files.Add($"{Visitor.FilePrefix}{i}.txt", Visitor.Content($"{Visitor.FilePrefix}{i}"));
        var killer = new Killer(server, seed);
        var outcomes = new ConcurrentDictionary<Outcome, int>();
        var requests = 0;
        var visitors = Enumerable.Range(0, Visitors).Select(i => new Visitor(server, i, outcome =>
        {
            outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
            if (Interlocked.Increment(ref requests) % RequestsOfAKill == 0)
                killer.Strike();
        })).ToList();
        await Task.WhenAll(visitors.Select(visitor => Task.Run(() => visitor.VisitAsync(Visits))));

        output.WriteLine($"requests: {Join(outcomes)}");
        output.WriteLine($"killed: {Join(killer.Kills)}");
        Assert.All(
            Enum.GetValues<Outcome>(), outcome => Assert.True(outcomes.GetValueOrDefault(outcome) > 0, $"No request was {outcome}."));
        Assert.Equal(5, killer.Kills.Count);

        killer.StrikeAll();
        var sinceTheLast = Stopwatch.StartNew();
        await Until.TrueAsync(() => IsWholeAsync(server), "every endpoint answers again");
        output.WriteLine($"whole again after {sinceTheLast.Elapsed.TotalMilliseconds:0} ms");

        await Until.TrueAsync(() => server.Connections.Count == 0, "no connection's actor is left");
        await Until.TrueAsync(() => server.Transfers.Count == 0, "no transfer is left");

        // The last of those that were complete may still wait for its name.
        await Until.TrueAsync(
            () => !server.Files.Entries.Any(entry => entry.Contains(UploadFile.TemporaryPrefix, StringComparison.Ordinal)),
            "no part of an upload is left");
        foreach (var visitor in visitors)
        {
            if (File.Exists(server.Files[visitor.OwnFile]))
                visitor.CheckOwnFile(await File.ReadAllBytesAsync(server.Files[visitor.OwnFile]));
            else
                Assert.False(visitor.IsStored, $"{visitor.OwnFile} was stored, and is not there.");
        }
    }

    // Every kind of request, on a connection of its own.
    private static async Task<bool> IsWholeAsync(RunningServer server)
    {
        (string Request, int Status, string Text)[] expected =
        [
            ("GET /echo/whole HTTP/1.1\r\nHost: x\r\n\r\n", 200, "whole"),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole", 200, "whole"),
            ("GET /user-agent HTTP/1.1\r\nHost: x\r\nUser-Agent: whole\r\n\r\n", 200, "whole"),
            ("PUT /files/whole HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole", 201, ""),
            ("GET /files/whole HTTP/1.1\r\nHost: x\r\n\r\n", 200, "whole"),
            ("DELETE /files/whole HTTP/1.1\r\nHost: x\r\n\r\n", 204, ""),
            ("GET /hello/you HTTP/1.1\r\nHost: x\r\n\r\n", 200, "Hello, you!"),
            ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404, "There is nothing at this path.\n"),
        ];
        try
        {
            foreach (var (request, status, text) in expected)
            {
                var answer = await server.ExchangeAsync(request);
                if (answer.Status is 500 or 503)
                    return false;
                Assert.Equal((status, text), (answer.Status, answer.Text));
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            return false;
        }
    }

    private static string Join<T>(ConcurrentDictionary<T, int> counts)
        where T : notnull =>
        string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}").Order(StringComparer.Ordinal));
}
