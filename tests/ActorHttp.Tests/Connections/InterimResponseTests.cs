using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class InterimResponseTests : TestKit
{
    private const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";

    private readonly ConnectionKit _kit;

    private protected InterimResponseTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Fact, Trait("RFC", "9110 §15.2")]
    public void Interim_responses_leave_at_once_and_the_answer_follows()
    {
        var request = _kit.Ask(Get("/"));
        Hint(request);
        _kit.ExpectWritten(Hints);
        Report(request, 3);
        _kit.ExpectWritten(Reported(3));
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §15.2")]
    public void What_a_handler_says_of_framing_and_connection_is_left_out()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Tell(
            new InterimResponse(request.Exchange, 102, HttpHeaders.Of(("Content-Length", "5"), ("Connection", "close"), ("Date", "now"))));
        _kit.ExpectWritten("HTTP/1.1 102 Processing\r\n\r\n");
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §15.2")]
    public void An_Http_1_0_client_gets_none()
    {
        var request = _kit.Ask("GET / HTTP/1.0\r\n\r\n");
        Hint(request);
        _kit.ExpectNothing();
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done", "Connection: close\r\n"));
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public void They_wait_for_the_answers_before_them()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        Hint(second);
        Report(second, 3);
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Hints + Reported(3));
        Report(second, 6);
        _kit.ExpectWritten(Reported(6));
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public void They_leave_before_their_answer_when_that_has_waited_too()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        Hint(second);
        _kit.Answer(second, "two");
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Hints + Text("200 OK", "two"));
        _kit.ExpectNothing();
    }

    [Fact]
    public void Of_those_that_wait_the_last_sixteen_are_kept()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        for (var i = 1; i <= 20; i++)
            Report(second, i);
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + string.Concat(Enumerable.Range(5, 16).Select(Reported)));
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact]
    public void While_the_client_takes_nothing_the_last_sixteen_are_kept()
    {
        _kit.StopTaking();
        var request = _kit.Ask(Get("/"));
        for (var i = 1; i <= 21; i++)
            Report(request, i);
        _kit.ExpectNothing();
        _kit.TakeAgain();
        _kit.ExpectWritten(Reported(1) + string.Concat(Enumerable.Range(6, 16).Select(Reported)));
        _kit.StopTaking();
        Report(request, 22);
        _kit.Answer(request, "done");
        _kit.ExpectNothing();
        _kit.TakeAgain();
        _kit.ExpectWritten(Reported(22) + Text("200 OK", "done"));
    }

    [Fact]
    public void Behind_the_head_of_an_answer_none_is_sent()
    {
        var request = _kit.Ask(Get("/"));
        _kit.AnswerBegun(request, 3);
        Hint(request);
        _kit.ExpectNothing();
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten("abc");
    }

    [Fact]
    public void Before_the_first_part_of_a_streamed_answer_they_are_sent()
    {
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerStreamed(request, 3);
        source.ExpectMsg<PullBody>();
        Hint(request);
        _kit.ExpectWritten(Hints);
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 3\r\n", "abc"));
    }

    [Fact]
    public void For_an_exchange_that_is_over_or_was_never_there_none_is_sent()
    {
        var request = _kit.Ask(Get("/"));
        Hint(request with { Exchange = request.Exchange with { Number = 2 } });
        _kit.ExpectNothing();
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
        Hint(request);
        _kit.ExpectNothing();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void They_do_not_stand_for_100_Continue()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 6\r\nExpect: 100-continue\r\n"));
        Report(request, 0);
        _kit.ExpectWritten(Reported(0));
        var reader = _kit.Pull(request);
        _kit.ExpectWritten(Continue);
        Report(request, 0);
        _kit.ExpectWritten(Reported(0));
        _kit.Send("abc");
        reader.ExpectMsg<BodyChunk>();
    }

    [Fact]
    public void They_leave_while_the_body_still_comes()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 6\r\n"));
        var reader = _kit.Pull(request);
        _kit.Send("abc");
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        Report(request, 3);
        _kit.ExpectWritten(Reported(3));
        _kit.Send("def");
        reader.ExpectMsg<BodyChunk>();
        Report(request, 6);
        _kit.ExpectWritten(Reported(6));
        _kit.Pull(request, reader);
        reader.ExpectMsg<BodyEnd>();
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_handler_that_sends_them_is_not_silent()
    {
        var request = _kit.Ask(Get("/"));
        for (var i = 1; i <= 3; i++)
        {
            _kit.Advance(19);
            Report(request, i);
            _kit.ExpectWritten(Reported(i));
        }

        _kit.Advance(19.9);
        _kit.ExpectNothing();
        _kit.Advance(0.1);
        Assert.StartsWith("HTTP/1.1 503 ", _kit.ExpectWrite());
    }

    [Fact]
    public void A_handler_whose_client_cannot_be_told_is_not_silent_either()
    {
        var request = _kit.Ask("GET / HTTP/1.0\r\n\r\n");
        _kit.Advance(19);
        Hint(request);
        _kit.Advance(19);
        _kit.ExpectNothing();
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done", "Connection: close\r\n"));
    }

    [Fact]
    public void They_do_not_excuse_the_handler_of_a_request_before()
    {
        _kit.Send(Get("/1") + Get("/2"));
        _kit.ExpectRequest("/1");
        var second = _kit.ExpectRequest("/2");
        _kit.Advance(19);
        Hint(second);
        _kit.Advance(1);
        var written = _kit.ExpectWrite();
        Assert.StartsWith("HTTP/1.1 503 ", written);
        Assert.EndsWith(Hints, written);
    }

    [Fact, Trait("RFC", "9110 §15.5.9")]
    public void They_buy_a_slow_body_no_time()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10000\r\n"));
        _kit.Pull(request);
        _kit.Advance(4.9);
        Report(request, 0);
        _kit.ExpectWritten(Reported(0));
        _kit.Advance(0.1);
        Assert.StartsWith("HTTP/1.1 408 ", _kit.ExpectWrite());
    }

    [Fact]
    public void A_client_that_does_not_take_them_is_reset()
    {
        _kit.StopTaking();
        var request = _kit.Ask(Get("/"));
        Hint(request);
        var allowed = 5 + (Hints.Length / 240.0);
        _kit.Advance(allowed - 0.1);
        Hint(request);
        _kit.ExpectNothing();
        _kit.Advance(0.2);
        _kit.ExpectReset();
        Hint(request);
        _kit.ExpectNothing();
    }

    private static string Reported(int offset) => $"HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: {offset}\r\n\r\n";

    private void Hint(HttpRequest request) =>
        _kit.Tell(new InterimResponse(request.Exchange, 103, HttpHeaders.Of(("Link", "</a.css>; rel=preload"))));

    private void Report(HttpRequest request, int offset) =>
        _kit.Tell(new InterimResponse(request.Exchange, 104, HttpHeaders.Of(("Upload-Offset", $"{offset}"))));

    public sealed class OverScript() : InterimResponseTests(TransportKind.Scripted);

    public sealed class OverAkka() : InterimResponseTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : InterimResponseTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : InterimResponseTests(TransportKind.Epoll);
}
