using System.Text;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

// The restart table of docs/architecture.md, row by row. Nothing in the connection can be made to throw on purpose, so
// what it uses is: a reference that throws when it is told something, a clock that throws when it is read.
public abstract class RestartTests : TestKit
{
    private const string Close = "Connection: close\r\n";

    private readonly ConnectionKit _kit;
    private PoisonRef _router = null!;

    private protected RestartTests(TransportKind transport)
        : base(TestSystem.Unserialized) =>
            _kit = new ConnectionKit(this, router: inner => _router = new PoisonRef(inner), transport: transport);

    [Fact]
    public void Timer_the_client_sees_nothing_and_is_served_on()
    {
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Time.Advance(TimeSpan.FromSeconds(130));
        ExpectRestart();
        AssertServes();
    }

    [Fact]
    public void Timer_the_deadline_that_was_lost_is_set_again()
    {
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Time.Advance(TimeSpan.FromSeconds(130));
        ExpectRestart();
        _kit.Advance(129.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        _kit.ExpectClose();
    }

    [Fact]
    public void Drain_is_obeyed_after_all()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Answer(request, "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Tell(Drain.Instance);
        ExpectRestart();
        _kit.Advance(0.25);
        _kit.ExpectClose();
        _kit.Settle();
        _kit.ExpectStopAfterEnd();
    }

    [Fact]
    public void Acknowledgement_counts_and_the_client_is_served_on()
    {
        _kit.StopTaking();
        _kit.Answer(_kit.Ask(Get("/")), "one");
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.TakeAgain();
        ExpectRestart();
        _kit.ExpectWritten(Text("200 OK", "one"));
        AssertServes();
    }

    [Fact]
    public void Stray_message_the_client_sees_nothing_and_is_served_on()
    {
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        var request = _kit.Ask(Get("/"));
        _kit.Tell("stray");
        ExpectRestart();
        _kit.Answer(request, "still here");
        _kit.ExpectWritten(Text("200 OK", "still here"));
        AssertServes();
    }

    [Fact]
    public void Reply_whose_head_is_not_written_gets_a_500_in_its_place()
    {
        _kit.Send(Get("/1") + Get("/2") + Get("/3"));
        var (first, second, third) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"), _kit.ExpectRequest("/3"));
        _kit.Answer(third, "three");
        _kit.Tell(Unwritable(second));
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        Assert.Equal(Text("200 OK", "one") + Error() + Text("200 OK", "three"), ExpectWrittenAroundRestart());
        AssertServes();
    }

    [Fact]
    public void Reply_that_cannot_be_written_gets_a_500_and_its_source_is_cancelled()
    {
        var request = _kit.Ask(Get("/"));
        var source = CreateTestProbe();
        _kit.Tell(new HttpResponse(request.Exchange, 200, null!, ResponseBody.From(source.Ref)));
        source.ExpectMsg<CancelBody>();
        ExpectRestart();
        _kit.ExpectWritten(Error());
        AssertServes();
    }

    [Fact]
    public void Reply_of_bytes_that_cannot_be_had_resets_once_its_head_is_written()
    {
        using var memory = new PoisonMemory(10);
        var request = _kit.Ask(Get("/"));
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.Of(memory.Memory)));
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Pull_of_a_request_without_an_answer_gets_a_500_in_its_place()
    {
        _kit.Send(Get("/1") + Get("/2", "Content-Length: 5\r\n"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        var reader = _kit.Pull(second);
        ExpectRestart();
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Error());
        reader.ExpectMsg<BodyFailed>();
        _kit.ExpectRequestAfter("12345" + Get("/next"));
    }

    [Fact]
    public void Interim_response_the_answer_is_none_the_worse_for_it()
    {
        // HTTP/1.0: the client is not to see even the one that was in hand.
        var request = _kit.Ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Tell(new InterimResponse(request.Exchange, 103, HttpHeaders.Empty));
        ExpectRestart();
        _kit.ExpectNothing();
        _kit.Answer(request, "one");
        _kit.ExpectWritten(Text("200 OK", "one", "Connection: keep-alive\r\n"));
        AssertServes();
    }

    [Fact]
    public void Interim_response_that_is_written_already_is_not_written_again()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Tell(new InterimResponse(request.Exchange, 103, HttpHeaders.Empty));
        _kit.ExpectWritten("HTTP/1.1 103 Early Hints\r\n\r\n");
        ExpectRestart();
        _kit.ExpectNothing();
        _kit.Answer(request, "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        AssertServes();
    }

    [Fact]
    public void Interim_responses_that_wait_outlive_a_restart()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.Tell(new InterimResponse(second.Exchange, 103, HttpHeaders.Empty));
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        _kit.Tell("stray");
        ExpectRestart();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + "HTTP/1.1 103 Early Hints\r\n\r\n");
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact]
    public void Second_answer_does_not_spoil_the_first()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.Answer(second, "two");
        var source = new PoisonRef(CreateTestProbe().Ref);
        source.ThrowOn<CancelBody>();
        _kit.Tell(new HttpResponse(second.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
        ExpectRestart();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two"));
        AssertServes();
    }

    [Fact]
    public void Reply_whose_source_cannot_be_pulled_gets_a_500_because_its_head_is_not_written()
    {
        var request = _kit.Ask(Get("/"));
        var source = new PoisonRef(CreateTestProbe().Ref);
        source.ThrowOn<PullBody>();
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
        ExpectRestart();
        _kit.ExpectWritten(Error());
        AssertServes();
    }

    [Fact]
    public void Reply_whose_source_cannot_be_pulled_when_its_turn_comes_gets_a_500_too()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        var source = new PoisonRef(CreateTestProbe().Ref);
        source.ThrowOn<PullBody>();
        _kit.Tell(new HttpResponse(second.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
        _kit.Answer(first, "one");
        Assert.Equal(Text("200 OK", "one") + Error(), ExpectWrittenAroundRestart());
        AssertServes();
    }

    [Fact]
    public void First_body_part_that_cannot_be_written_resets_because_its_head_is()
    {
        using var memory = new PoisonMemory(10);
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerStreamed(request);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(request.Exchange, memory.Memory));
        _kit.ExpectReset();
        _kit.ExpectNothing();
        _kit.ExpectStopAfterEnd();
        source.ExpectMsg<CancelBody>();
    }

    [Fact]
    public void Body_part_whose_head_is_on_the_wire_resets_and_no_closing_chunk_is_sent()
    {
        using var memory = new PoisonMemory(10);
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerBegun(request);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(request.Exchange, memory.Memory));
        _kit.ExpectReset();
        _kit.Tell(new BodyEnd(request.Exchange));
        _kit.ExpectNothing();
        _kit.ExpectStopAfterEnd();
        source.ExpectMsg<CancelBody>();
    }

    [Fact]
    public void Received_bytes_between_requests_accepted_ones_are_answered_and_then_the_connection_ends()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        LoseBytes();
        ExpectRestart();
        _kit.Send(Get("/3"));
        _kit.ExpectNothing();
        _kit.Answer(second, "two");
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two", Close));
        _kit.ExpectLingeringClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Received_bytes_in_a_head_get_a_500_behind_the_accepted_ones()
    {
        _kit.Send(Get("/1") + "GET /2 HTTP/1.1\r\nHos");
        var first = _kit.ExpectRequest("/1");
        LoseBytes();
        ExpectRestart();
        _kit.Send("t: a\r\n\r\n");
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        var written = _kit.ExpectWrite();
        Assert.StartsWith(Text("200 OK", "one") + "HTTP/1.1 500 ", written);
        Assert.Contains(Close, written);
        _kit.ExpectLingeringClose();
    }

    [Fact]
    public void Received_bytes_in_a_body_get_a_500_and_its_reader_is_told()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10\r\n"));
        var reader = CreateTestProbe();
        _kit.Connection.Tell(new PullBody(request.Exchange) { GivesBack = true }, reader.Ref);
        LoseBytes();
        reader.ExpectMsg<BodyFailed>();
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 500 Internal Server Error", answer.StatusLine);
        Assert.Equal("close", answer["Connection"]);
        ExpectRestart();
        _kit.ExpectLingeringClose();
    }

    [Fact]
    public void Received_bytes_of_a_first_request_get_a_500()
    {
        LoseBytes();
        Assert.Equal("close", WrittenAnswer.Expect(_kit)["Connection"]);
        ExpectRestart();
        _kit.ExpectLingeringClose();
    }

    [Fact]
    public void Received_bytes_while_an_answer_leaves_reset()
    {
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerBegun(request);
        source.ExpectMsg<PullBody>();
        LoseBytes();

        // Bytes that were read and not kept are the stream's own state.
        _kit.ExpectReset();
        _kit.ExpectStopAfterEnd();
        source.ExpectMsg<CancelBody>();
    }

    [Fact]
    public void Stream_state_a_request_that_could_not_be_handed_on_gets_a_500_and_the_connection_ends()
    {
        _router.ThrowOn<HttpRequest>();
        _kit.Send(Get("/lost") + Get("/next"));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 500 Internal Server Error", answer.StatusLine);
        Assert.Equal("close", answer["Connection"]);
        ExpectRestart();
        _kit.ExpectLingeringClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Stream_state_the_answers_before_it_leave_first()
    {
        var first = _kit.Ask(Get("/1"));
        _router.ThrowOn<HttpRequest>();
        _kit.Send(Get("/lost"));
        ExpectRestart();
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        var written = _kit.ExpectWrite();
        Assert.StartsWith(Text("200 OK", "one") + "HTTP/1.1 500 ", written);
        Assert.Contains(Close, written);
        _kit.ExpectLingeringClose();
    }

    [Fact]
    public void Stream_state_with_an_answer_on_the_wire_resets()
    {
        var source = _kit.AnswerBegun(_kit.Ask(Get("/1")));
        source.ExpectMsg<PullBody>();
        _router.ThrowOn<HttpRequest>();
        _kit.Send(Get("/lost"));
        _kit.ExpectReset();
        _kit.ExpectStopAfterEnd();
        source.ExpectMsg<CancelBody>();
    }

    [Fact]
    public void Connection_closed_stops_and_tells_those_who_still_work_for_it()
    {
        var (streamed, upload) = (_kit.Ask(Get("/1")), _kit.Ask(Get("/2", "Content-Length: 9\r\n")));
        var source = new PoisonRef(CreateTestProbe().Ref);
        _kit.Tell(new HttpResponse(streamed.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source)));
        var reader = _kit.Pull(upload);
        source.ThrowOn<CancelBody>();
        _kit.ExpectStopAfterReset();
        reader.ExpectMsg<BodyFailed>();
    }

    [Fact]
    public void More_than_three_restarts_a_minute_stop_it()
    {
        var source = _kit.AnswerBegun(_kit.Ask(Get("/")));
        source.ExpectMsg<PullBody>();
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        for (var i = 1; i <= 3; i++)
        {
            subscriber.ThrowOn<UnhandledMessage>();
            _kit.Tell("stray");
            ExpectRestart();
        }

        subscriber.ThrowOn<UnhandledMessage>();
        _kit.Tell("stray");
        _kit.ExpectStop();
        source.ExpectMsg<CancelBody>();
        _kit.ExpectReset();
    }

    [Fact]
    public void An_answer_that_waits_for_its_first_part_still_waits_after_a_restart()
    {
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerStreamed(request, 3);
        source.ExpectMsg<PullBody>();
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        _kit.Tell("stray");
        ExpectRestart();
        _kit.ExpectNothing();
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 3\r\n", "abc"));
    }

    [Fact]
    public void The_source_of_an_answer_is_still_watched_after_a_restart()
    {
        var source = _kit.AnswerBegun(_kit.Ask(Get("/")));
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        _kit.Tell("stray");
        ExpectRestart();
        Sys.Stop(source.Ref);
        _kit.ExpectReset();
    }

    private static HttpResponse Unwritable(HttpRequest request) =>
        new(request.Exchange, 200, null!, ResponseBody.None, CodingChoice.WhenWorthwhile);

    private static string Error(string connection = "") =>
        Text("500 Internal Server Error", "The server failed on this request.\n", connection);

    // There is no memory to keep what was read.
    private void LoseBytes()
    {
        _kit.Settle();
        Ledger.Instance.Refuse(_kit.Connection);
        _kit.Send(new string('x', 300));
    }

    private void ExpectRestart() => _kit.ExpectRestart();

    private string ExpectWrittenAroundRestart()
    {
        var written = new StringBuilder();
        while (true)
        {
            _kit.Settle();
            if (!_kit.IsOverAkka)
                return _kit.ExpectWrite();
            if (!_kit.Transport.HasMessages)
                return written.ToString();
            if (_kit.Transport.ReceiveOne(TimeSpan.Zero) is Tcp.Write write)
            {
                written.Append(Encoding.Latin1.GetString(write.Data.ToArray()));
                _kit.TellTransport(write.Ack);
            }
        }
    }

    // The reference is the one that the socket was registered with, so it serves as before.
    private void AssertServes()
    {
        var request = _kit.Ask(Get("/served"));
        Assert.Equal(_kit.Connection, request.Exchange.Connection);
        _kit.Answer(request, "served");
        _kit.ExpectWritten(Text("200 OK", "served"));
        _kit.ExpectNothing();
    }

    public sealed class OverScript() : RestartTests(TransportKind.Scripted);

    public sealed class OverAkka() : RestartTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : RestartTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : RestartTests(TransportKind.Epoll);
}
