using System.Net;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// Each time-out, rate and limit of a connection by itself. All others are hours away and no two are equal, so a rule that reads
/// its neighbour's setting is seen: with the defaults, some of which are equal, it would not be.
/// </summary>
public sealed class EachLimitTests : TestKit
{
    private const string FarAway = """
        actor-http {
          timeouts {
            request-head = 11000s, request-body = 12000s, idle = 13000s, handler = 14000s, commit = 15000s, rate-grace = 16000s
            linger = 17000s, linger-limit = 18000s, drain = 19000s, drain-grace = 20000s
          }
          rates { request-body = 11, response = 13 }
          supervision { within = 21000s, first-pause = 22000s, longest-pause = 23000s }
          limits.retry-after = 24000s
        }
        """;

    private const string Chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 80);

    // In each the connection is brought to where the limit begins to count. The answer is what must follow when it is up.
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["the head of a request"] = new("timeouts.request-head = 7s", test =>
        {
            test.Kit.Send("G");
            return () => test.ExpectStatus(408);
        }),
        ["an idle connection"] = new("timeouts.idle = 7s", test => test.Kit.ExpectClose),
        ["a handler"] = new("timeouts.handler = 7s", test =>
        {
            test.Kit.Ask(Get("/"));
            return () => test.ExpectStatus(503);
        }),
        ["a source"] = new("timeouts.handler = 7s", test =>
        {
            test.Kit.AnswerBegun(test.Kit.Ask(Get("/")));
            return test.Kit.ExpectReset;
        }),
        ["a claimed step"] = new("timeouts.commit = 7s", test =>
        {
            var handler = test.CreateTestProbe();
            test.Kit.Connection.Tell(new ClaimExchange(test.Kit.Ask(Get("/")).Exchange), handler.Ref);
            Assert.True(handler.ExpectMsg<ExchangeClaimed>().IsGranted);
            return test.Kit.ExpectReset;
        }),
        ["the silence in a body"] = new("timeouts.request-body = 7s", test =>
        {
            test.Kit.Pull(test.Kit.Ask(Post("/", "Content-Length: 10000\r\n")));
            return () => test.ExpectStatus(408);
        }),
        ["the grace of a body"] = new("timeouts.rate-grace = 7s", test =>
        {
            test.Kit.Pull(test.Kit.Ask(Post("/", "Content-Length: 10000\r\n")));
            return () => test.ExpectStatus(408);
        }),
        ["the grace of a body that is thrown away"] = new("timeouts.rate-grace = 7s", test =>
        {
            test.Kit.Answer(test.Kit.Ask(Post("/", "Content-Length: 10000\r\n")), "early");
            test.Kit.ExpectWritten(Text("200 OK", "early"));
            return () => test.Kit.ExpectLingeringClose();
        }),
        ["the rate of a body"] = new("timeouts.rate-grace = 1s, actor-http.rates.request-body = 1000", test =>
        {
            var request = test.Kit.Ask(Post("/", "Content-Length: 10000\r\n", new string('x', 6000)));
            var reader = test.Kit.Pull(request);
            reader.ExpectMsg<BodyChunk>();
            test.Kit.Pull(request, reader);
            return () => test.ExpectStatus(408);
        }),
        ["the grace of an answer"] = new("timeouts.rate-grace = 7s, actor-http.rates.response = 1000000", test =>
        {
            test.AnswerUnread(200);
            return test.Kit.ExpectReset;
        }),
        ["the rate of an answer"] = new("timeouts.rate-grace = 1s, actor-http.rates.response = 1000", test =>
        {
            test.AnswerUnread(6000);
            return test.Kit.ExpectReset;
        }),
        ["a silent client behind the last answer"] = new("timeouts.linger = 7s", test =>
        {
            test.BeginLinger();
            return test.Kit.ExpectReset;
        }),
        ["any client behind the last answer"] = new("timeouts.linger-limit = 7s", test =>
        {
            test.BeginLinger();
            return test.Kit.ExpectReset;
        }),
        ["the last request of a drain"] = new("timeouts.drain-grace = 7s", test =>
        {
            test.Kit.Tell(Drain());
            return test.Kit.ExpectClose;
        }),
        ["a refused client"] = new("timeouts.linger = 7s, actor-http.limits.connections = 1", test =>
        {
            test.Kit.Ask(Get("/"));
            var refused = test.Refuse();
            return () => refused.ExpectMsg<Tcp.Abort>();
        }),
    };

    private ConnectionKit? _kit;

    public EachLimitTests()
        : base(Akka.Configuration.ConfigurationFactory.ParseString(FarAway).WithFallback(TestSystem.Config))
    {
    }

    public static TheoryData<string> Names => [.. Cases.Keys];

    private ConnectionKit Kit => _kit!;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_time_is_that_of_its_own_key(string name)
    {
        var (setting, begin) = Cases[name];
        Start($"actor-http.{setting}");
        var expect = begin(this);
        Pass(6.8);
        Kit.ExpectNothing();
        Pass(0.4);
        expect();
    }

    [Theory]
    [InlineData(6.9, false)]
    [InlineData(7.1, true)]
    public void A_drain_closes_at_once_what_has_been_idle_for_longer_than_the_grace(double idle, bool closes)
    {
        Start("actor-http.timeouts.drain-grace = 7s");
        Kit.Advance(idle);
        Kit.Tell(Drain());
        if (closes)
            Kit.ExpectClose();
        else
            Kit.ExpectNothing();
    }

    [Theory]
    [InlineData(6.9, false)]
    [InlineData(7.1, true)]
    public void An_idle_connection_makes_room_after_its_grace(double idle, bool makesRoom)
    {
        Start("actor-http.timeouts.drain-grace = 7s, actor-http.limits.connections = 1");
        Kit.Advance(idle);
        var next = Connect();
        if (makesRoom)
            Kit.ExpectClose();
        else
            ExpectRefusal(next);
    }

    // A client that sends on is a lingering one for as long as linger-limit, and makes room after linger and the grace.
    [Theory]
    [InlineData(7.9, false)]
    [InlineData(8.2, true)]
    public void A_lingering_connection_makes_room_after_the_time_of_a_silent_one(double lingered, bool makesRoom)
    {
        Start("actor-http.timeouts { linger = 7s, drain-grace = 1s }\nactor-http.limits.connections = 1");
        BeginLinger();
        Kit.Advance(4);
        Kit.Send("x");
        Kit.Advance(lingered - 4);
        var next = Connect();
        if (makesRoom)
            Kit.ExpectReset();
        else
            ExpectRefusal(next);
    }

    [Theory]
    [InlineData(6.9, false)]
    [InlineData(7.1, true)]
    public void A_refused_client_has_the_grace_to_read_why(double passed, bool makesRoom)
    {
        Start("actor-http.timeouts.drain-grace = 7s, actor-http.limits { connections = 1, refusals = 1 }");
        Kit.Ask(Get("/"));
        var first = Refuse();
        Pass(passed);
        var second = Connect();
        if (makesRoom)
        {
            first.ExpectMsg<Tcp.Abort>();
            ExpectRefusal(second);
        }
        else
        {
            second.ExpectMsg<Tcp.Abort>();
        }
    }

    [Theory]
    [InlineData(7, "")]
    [InlineData(8, "Connection: close\r\n")]
    public void As_much_of_a_body_as_its_limit_says_is_thrown_away(int length, string connection)
    {
        Start("actor-http.limits.discarded-body-size = 7B");
        Kit.Answer(Kit.Ask(Post("/", $"Content-Length: {length}\r\n")), "early");
        Kit.ExpectWritten(Text("200 OK", "early", connection));
    }

    [Fact]
    public void As_many_requests_as_its_limit_says_are_open_at_once()
    {
        Start("actor-http.limits { pipelining = 3, connections = 5, refusals = 5, handler-queue = 5 }");
        Kit.Send(Get("/1") + Get("/2") + Get("/3") + Get("/4"));
        for (var i = 1; i <= 3; i++)
            Kit.ExpectRequest($"/{i}");
        Kit.ExpectNothing();
    }

    // The default of each is another size's default too.
    [Theory]
    [InlineData("limits.request-line-size", 414, "GET /", 14, " HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("limits.field-section-size", 431, "GET / HTTP/1.1\r\nHost: a\r\nA: ", 16, "\r\n\r\n")]
    [InlineData("limits.trailer-section-size", 400, Chunked + "0\r\nA: ", 7, "\r\n\r\n")]
    [InlineData("limits.chunk-extension-size", 400, Chunked + "0;", 1, "\r\n\r\n")]
    public void A_size_is_that_of_its_own_key(string key, int status, string before, int others, string behind)
    {
        const int most = 60;
        Start($"actor-http.{key} = {most}B");
        for (var more = 0; more <= 1; more++)
        {
            Kit.Send(before + new string('x', most - others + more) + behind);
            var isBody = status == 400;
            if (more == 1 && !isBody)
                break;
            var request = Kit.ExpectRequest();
            var reader = isBody ? Kit.Pull(request) : null;
            if (more == 1)
            {
                reader!.ExpectMsg<BodyFailed>();
                break;
            }

            reader?.ExpectMsg<BodyEnd>();
            Kit.Answer(request, "x");
            Kit.ExpectWritten(Text("200 OK", "x"));
        }

        ExpectStatus(status);
    }

    private static object Drain() => ActorHttp.Connections.Drain.Instance;

    private void Start(string setting) => _kit = new ConnectionKit(this, setting);

    private void Pass(double seconds)
    {
        Kit.Settle();
        Sys.ActorSelection(Kit.Listener.Path / "refusals").Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>();
        Kit.Advance(seconds);
    }

    private void ExpectStatus(int status) => Assert.StartsWith($"HTTP/1.1 {status} ", Kit.ExpectWrite());

    private void AnswerUnread(int length)
    {
        var request = Kit.Ask(Get("/"));

        // The head is part of what the client has to take.
        var head = Raw("200 OK", "", $"Content-Length: {length}\r\n").Length;
        Kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.Of(new byte[length - head])));
        Assert.InRange(Kit.Transport.ExpectMsg<Tcp.Write>().Data.Count, length - 10, length);
    }

    private void BeginLinger()
    {
        Kit.Send("nonsense\r\n\r\n");
        Kit.ExpectWrite();
        Kit.ExpectLingeringClose();
    }

    private TestProbe Connect()
    {
        var socket = CreateTestProbe();
        Kit.Listener.Tell(new Tcp.Connected(Address, Address), socket.Ref);
        return socket;
    }

    private TestProbe Refuse()
    {
        var refused = Connect();
        ExpectRefusal(refused);
        return refused;
    }

    private static void ExpectRefusal(TestProbe client)
    {
        client.ExpectMsg<Tcp.Register>();
        Assert.Contains("\r\nRetry-After: 24000\r\n", client.ExpectMsg<Tcp.Write>().Data.ToString());
        client.ExpectMsg<Tcp.ConfirmedClose>();
    }

    /// <summary>A setting, and how the connection is brought to where it counts.</summary>
    private sealed record Case(string Setting, Func<EachLimitTests, Action> Begin);
}
