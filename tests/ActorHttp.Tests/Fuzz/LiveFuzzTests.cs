using System.Collections.Concurrent;
using ActorHttp.Tests.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Tests.Fuzz;

/// <summary>Hostile streams for a whole server.</summary>
public class LiveFuzzTests
{
    [Fact]
    public Task No_stream_confuses_a_server() => LiveFuzz.HoldAllAsync(new FuzzPlan("Connections to a server", 2000), "");
}

/// <summary>The same where nearly everything is met by a full window, since they are the smallest there are.</summary>
public class LiveFuzzInLittleRoomTests
{
    private const string Narrow = """
        actor-http {
          io { frame-size = 1KiB, receive-window = 1KiB, send-window = 1KiB }
          limits.pipelining = 2
        }
        """;

    [Fact]
    public Task No_stream_confuses_a_server_with_little_room() =>
        LiveFuzz.HoldAllAsync(new FuzzPlan("Connections to one with little room", 2000), Narrow);
}

/// <summary>The same where Akka.IO keeps the sockets.</summary>
public class LiveFuzzOnAkkaTests
{
    [Fact]
    public Task No_stream_confuses_a_server_on_the_sockets_of_Akka() =>
        LiveFuzz.HoldAllAsync(new FuzzPlan("Connections on Akka.IO's sockets", 1000), "actor-http.io.takes-sockets = off");
}

/// <summary>Many clients at once, each with a hostile stream, and a look at what they leave behind.</summary>
internal static class LiveFuzz
{
    private const int Clients = 8;

    // Nobody is slow here, so nothing may end by the clock, however busy the machine is.
    private const string Patient = """
        actor-http {
          timeouts { request-head = 10m, idle = 10m, handler = 10m, rate-grace = 10m, linger = 10m }
          files.flush-to-disk = off
        }

        """;

    public static async Task HoldAllAsync(FuzzPlan plan, string settings)
    {
        await using var server = await RunningServer.StartAsync(Patient + settings);
        var failures = new ConcurrentQueue<Error>();
        var listener = server.System.ActorOf(Props.Create(() => new ErrorListener(failures)));
        server.System.EventStream.Subscribe(listener, typeof(Error));

        await Parallel.ForEachAsync(plan.Numbers(), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (number, _) =>
        {
            var hostile = HostileCase.ForServer(plan.Seed, number);
            if (await FaultAsync(server, hostile) is { } fault)
            {
                Assert.Fail(
                    $"{hostile}\n\nas it was sent: {new Conversation(hostile)}\n\n{fault}\n\nactors that failed: "
                        + $"{string.Join('\n', failures)}");
            }

            plan.Count(hostile.Kind.ToString());
        });

        // Supervision tells every exception that an actor throws; the client may have seen nothing of it.
        Assert.Empty(failures);
        Assert.Equal("alive", (await server.ExchangeAsync("GET /echo/alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).Text);
        await Until.TrueAsync(() => server.Connections.Count == 0, "every connection actor is gone");
        plan.Report();
    }

    private static Task<Exception?> FaultAsync(RunningServer server, HostileCase hostile) => Record.ExceptionAsync(async () =>
    {
        await new Conversation(hostile).HoldAsync(server.Address);

        // The next client does not know what the one before it was.
        if (hostile.Number % 64 == 0)
            Assert.Equal(200, (await server.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
    });

    private sealed class ErrorListener : ReceiveActor
    {
        public ErrorListener(ConcurrentQueue<Error> failures) => Receive<Error>(failures.Enqueue);
    }
}
