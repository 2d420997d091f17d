using System.Text;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

// The times are those of reference.conf: head 10 s, body 60 s, idle 130 s, handler 20 s, grace 5 s, linger 5 s and 30 s in all,
// rates 240 B/s.
public abstract class DeadlineTests : TestKit
{
    private const string Close = "Connection: close\r\n";

    private readonly ConnectionKit _kit;

    private protected DeadlineTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Fact]
    public void An_idle_connection_closes_without_a_word()
    {
        _kit.Advance(129);
        _kit.ExpectNothing();
        _kit.Advance(1);
        _kit.ExpectClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void A_connection_is_idle_from_its_last_answer_on()
    {
        _kit.Advance(100);
        _kit.Answer(_kit.Ask(Get("/")), "x");
        _kit.ExpectWritten(Text("200 OK", "x"));
        _kit.Advance(129);
        _kit.ExpectNothing();
        _kit.Advance(1);
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9112 §2.2")]
    public void The_empty_line_that_is_forgiven_begins_no_request()
    {
        _kit.Send("\r\n");
        _kit.Advance(129);
        _kit.ExpectNothing();
        _kit.Advance(1);
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public void A_head_that_takes_too_long_is_refused()
    {
        _kit.Send("GET / HTTP/1.1\r\n");
        _kit.Advance(6);
        _kit.Send("Host: a\r\n");
        _kit.Advance(3.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
        _kit.Send("\r\n");
        _kit.ExpectNothing();
    }

    [Fact]
    public void The_time_for_a_head_begins_with_its_first_byte()
    {
        _kit.Advance(120);
        _kit.Send("G");
        _kit.Advance(9.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact]
    public void Each_head_has_its_own_time()
    {
        for (var i = 0; i < 3; i++)
        {
            _kit.Send("GET / HTTP/1.1\r\n");
            _kit.Advance(9);
            _kit.Answer(_kit.Ask("Host: a\r\n\r\n"), "x");
            _kit.ExpectWritten(Text("200 OK", "x"));
        }
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public void A_body_that_comes_too_slowly_is_refused_and_its_reader_told()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10000\r\n"));
        var reader = _kit.Pull(request);
        _kit.Advance(4.9);
        _kit.ExpectNothing();
        Assert.False(reader.HasMessages);
        _kit.Advance(0.1);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
    }

    [Fact]
    public void A_body_at_the_least_rate_passes()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10000\r\n"));
        var reader = CreateTestProbe();
        for (var sent = 0; sent < 10_000; sent += 250)
        {
            _kit.Pull(request, reader);
            _kit.Advance(1);
            _kit.Send(new string('x', 250));
            reader.ExpectMsg<BodyChunk>();
        }

        _kit.Answer(request, "slow");
        _kit.ExpectWritten(Text("200 OK", "slow"));
    }

    [Fact]
    public void A_body_below_the_least_rate_uses_up_its_grace()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10000\r\n"));
        var reader = CreateTestProbe();

        // 120 of 240 bytes each second: half a second of grace goes in each, and one is left when the ninth begins.
        for (var second = 1; second <= 8; second++)
        {
            _kit.Pull(request, reader);
            _kit.Advance(1);
            _kit.Send(new string('x', 120));
            reader.ExpectMsg<BodyChunk>();
        }

        _kit.ExpectNothing();
        _kit.Pull(request, reader);
        _kit.Advance(1);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact]
    public void The_clients_rate_does_not_count_the_handlers_time()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 20\r\n"));
        var reader = _kit.Pull(request);
        _kit.Advance(4);
        _kit.Send("0123456789");
        reader.ExpectMsg<BodyChunk>();
        _kit.Advance(19);
        _kit.Pull(request, reader);
        _kit.Advance(0.9);
        _kit.ExpectNothing();
        _kit.Send("0123456789");
        reader.ExpectMsg<BodyChunk>();
    }

    [Fact]
    public void A_body_that_is_thrown_away_has_its_limit_too()
    {
        _kit.Answer(_kit.Ask(Post("/", "Content-Length: 1000\r\n")), "early");
        _kit.ExpectWritten(Text("200 OK", "early"));
        _kit.Advance(4.9);
        _kit.ExpectNothing();

        // 480 bytes earn two seconds more.
        _kit.Send(new string('x', 480));
        _kit.Advance(2);
        _kit.ExpectNothing();
        _kit.Advance(0.2);
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public void A_body_that_began_fast_buys_no_more_silence_than_the_limit()
    {
        var (request, reader) = BeginFast();
        _kit.Pull(request, reader);
        _kit.Advance(59.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public void A_body_that_began_fast_cannot_trickle_for_longer_than_the_limit()
    {
        var (request, reader) = BeginFast();
        _kit.Pull(request, reader);
        _kit.Advance(50);
        _kit.Send("x");
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.Advance(9.9);
        _kit.ExpectNothing();
        _kit.Advance(0.2);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact]
    public void A_body_that_is_thrown_away_buys_no_more_silence_than_the_limit()
    {
        _kit.Answer(_kit.Ask(Post("/", "Content-Length: 250000\r\n")), "early");
        _kit.ExpectWritten(Text("200 OK", "early"));
        _kit.Send(new string('x', 240_000));
        _kit.Advance(59.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectLingeringClose();
    }

    [Theory]
    [InlineData("x\r\n")]
    [InlineData("1;a=b")]
    [InlineData("0\r\nA: b\r\nC: d\r\nE: f")]
    public void What_is_no_body_earns_a_chunked_body_no_time(string trickled)
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        var reader = _kit.Pull(request);
        if (trickled[0] == 'x')
        {
            // The end of a chunk, and the lines behind it.
            _kit.Send("1\r\nx");
            reader.ExpectMsg<BodyChunk>();
            _kit.Pull(request, reader);
            trickled = "\r\n000001";
        }

        for (var i = 0; i < 4; i++)
        {
            _kit.Send(trickled[..1]);
            trickled = trickled[1..];
            _kit.Advance(1.2);
        }

        _kit.ExpectNothing();
        _kit.Advance(0.3);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact]
    public void The_grace_is_given_once_for_a_body_and_not_for_each_of_its_parts()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 100\r\n"));
        var reader = _kit.Pull(request);
        _kit.Advance(4.9);
        _kit.Send("x");
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.Advance(0.2);
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void A_handler_that_is_silent_is_answered_for()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Advance(19.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 503 Service Unavailable", answer.StatusLine);
        Assert.Null(answer["Connection"]);
        _kit.AnswerStreamed(request).ExpectMsg<CancelBody>();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_silent_handler_does_not_cost_the_request_behind_it_its_answer()
    {
        _kit.Send(Get("/1") + Get("/2"));
        _kit.ExpectRequest("/1");
        _kit.Answer(_kit.ExpectRequest("/2"), "two");
        _kit.Advance(20);
        var written = _kit.ExpectWrite();
        Assert.StartsWith("HTTP/1.1 503 ", written);
        Assert.EndsWith(Text("200 OK", "two"), written);
        _kit.ExpectNothing();
    }

    // Its timer fires between an answer and the flush behind that: the wait of the answered request is over.
    [Fact]
    public void A_deadline_that_passes_behind_an_answer_is_not_that_of_the_next_request()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        using var holder = new Holder();
        _kit.Connection.Tell(new PullBody(first.Exchange), holder);
        holder.Holds.Wait();
        _kit.Answer(first, "one");
        _kit.Time.Advance(TimeSpan.FromSeconds(20));
        holder.MayGo.Set();
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.Advance(19);
        _kit.ExpectNothing();
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact]
    public void A_handler_that_keeps_reading_is_not_silent()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 3\r\n", "abc"));
        _kit.Advance(15);
        _kit.Pull(request).ExpectMsg<BodyChunk>();
        _kit.Advance(15);
        _kit.Pull(request).ExpectMsg<BodyEnd>();
        _kit.Advance(15);
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
    }

    [Fact]
    public void A_source_that_is_silent_resets_rather_than_pretends_to_finish()
    {
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerBegun(request);
        source.ExpectMsg<PullBody>();
        _kit.Advance(15);
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten("3\r\nabc\r\n");
        source.ExpectMsg<PullBody>();
        _kit.Advance(19.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectReset();
        _kit.ExpectStopAfterEnd();
        source.ExpectMsg<CancelBody>();
    }

    [Fact]
    public void A_source_that_is_silent_before_its_first_part_is_answered_for()
    {
        var source = _kit.AnswerStreamed(_kit.Ask(Get("/")));
        source.ExpectMsg<PullBody>();
        _kit.Advance(19.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 503 Service Unavailable", answer.StatusLine);
        Assert.Null(answer["Connection"]);
        source.ExpectMsg<CancelBody>();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_client_that_takes_too_little_is_reset()
    {
        _kit.StopTaking();
        var body = Encoding.ASCII.GetBytes(new string('x', 2400));
        _kit.Tell(new HttpResponse(_kit.Ask(Get("/")).Exchange, 200, HttpHeaders.Empty, ResponseBody.Of(body)));
        var allowed = 5 + (Raw("200 OK", "", "Content-Length: 2400\r\n", new string('x', 2400)).Length / 240.0);
        _kit.Advance(allowed - 0.1);
        _kit.ExpectNothing();
        _kit.Advance(0.2);
        _kit.ExpectReset();
    }

    [Fact]
    public void Each_write_has_its_own_time()
    {
        for (var i = 1; i <= 2; i++)
        {
            _kit.StopTaking();
            _kit.Answer(_kit.Ask(Get($"/{i}")), "x");
            _kit.Advance(5);
            _kit.ExpectNothing();
            _kit.TakeAgain();
            _kit.ExpectWritten(Text("200 OK", "x"));
        }

        _kit.ExpectNothing();
    }

    [Fact]
    public void A_client_that_does_not_close_is_reset()
    {
        _kit.Send("nonsense\r\n\r\n");
        _kit.ExpectWrite();
        _kit.ExpectLingeringClose();
        _kit.Advance(4.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectReset();
    }

    [Fact]
    public void A_client_that_sends_on_behind_the_last_answer_is_read_for_30_seconds_and_no_longer()
    {
        _kit.Send("nonsense\r\n\r\n");
        _kit.ExpectWrite();
        _kit.ExpectLingeringClose();
        for (var second = 0; second < 28; second += 4)
        {
            _kit.Advance(4);
            _kit.Send("x");
        }

        _kit.Advance(1.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectReset();
    }

    [Fact]
    public void A_client_that_falls_silent_behind_the_last_answer_is_reset()
    {
        _kit.Send("nonsense\r\n\r\n");
        _kit.ExpectWrite();
        _kit.ExpectLingeringClose();
        _kit.Advance(4);
        _kit.Send("x");
        _kit.Advance(4.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectReset();
    }

    [Fact]
    public void A_drained_connection_keeps_its_deadlines()
    {
        _kit.Ask(Get("/"));
        _kit.Tell(Drain.Instance);
        _kit.Advance(20);
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("close", answer["Connection"]);
        _kit.ExpectClose();
    }

    [Fact]
    public void A_half_closed_client_that_is_gone_does_not_hold_the_connection()
    {
        _kit.StopTaking();
        _kit.Answer(_kit.Ask(Get("/")), "nobody reads this");
        _kit.EndClient();
        _kit.Advance(6);
        _kit.ExpectReset();
        _kit.Time.Advance(TimeSpan.FromSeconds(5));
        _kit.ExpectStop();
    }

    // 100,000 bytes, which at the least rate are worth seven minutes.
    private (HttpRequest Request, TestProbe Reader) BeginFast()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10000000\r\n"));
        var reader = CreateTestProbe();
        for (var i = 0; i < 2; i++)
        {
            _kit.Send(new string('x', 50_000));
            _kit.Pull(request, reader);
            reader.ExpectMsg<BodyChunk>();
        }

        return (request, reader);
    }

    /// <summary>Holds whoever tells it something, until it may go.</summary>
    private sealed class Holder : MinimalActorRef, IDisposable
    {
        public ManualResetEventSlim Holds { get; } = new();

        public ManualResetEventSlim MayGo { get; } = new();

        public override ActorPath Path => ActorRefs.Nobody.Path;

        public override IActorRefProvider Provider => throw new NotSupportedException();

        public void Dispose()
        {
            MayGo.Set();
            Holds.Dispose();
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            Holds.Set();
            MayGo.Wait();
        }
    }

    public sealed class OverScript() : DeadlineTests(TransportKind.Scripted);

    public sealed class OverAkka() : DeadlineTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : DeadlineTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : DeadlineTests(TransportKind.Epoll);
}
