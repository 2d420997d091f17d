using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class RequestAndAnswerTests : TestKit
{
    private readonly ConnectionKit _kit;

    private protected RequestAndAnswerTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Fact, Trait("RFC", "9112 §2.1")]
    public void A_request_goes_to_the_router_and_its_answer_to_the_client()
    {
        var request = _kit.Ask("GET /hello?world HTTP/1.1\r\nHost: example\r\nX-Seen: yes\r\n\r\n");
        Assert.Equal(new Exchange(_kit.Connection, 1), request.Exchange);
        Assert.Equal(RequestMethod.Get, request.Method);
        Assert.Equal("/hello?world", request.Target.ToString());
        Assert.Equal(HttpVersion.Http11, request.Version);
        Assert.Equal("yes", request.Headers["x-seen"]);
        Assert.False(request.Body.IsPresent);

        _kit.Answer(request, "hello");
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
            _kit.ExpectWrite());
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §9.3")]
    public void A_connection_serves_one_request_after_the_other()
    {
        for (var number = 1; number <= 3; number++)
        {
            var request = _kit.Ask(Get($"/{number}"));
            Assert.Equal(number, request.Exchange.Number);
            _kit.Answer(request, $"answer {number}");
            _kit.ExpectWritten(Text("200 OK", $"answer {number}"));
        }

        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §2.2")]
    public void A_request_that_comes_byte_by_byte_is_the_same_request()
    {
        var bytes = Post("/upload", "Content-Length: 3\r\n", "abc");
        foreach (var each in bytes)
            _kit.Send(each.ToString());
        var request = _kit.ExpectRequest("/upload");
        Assert.Equal(new RequestBody(true, 3), request.Body);
        _kit.Answer(request, "seen");
        _kit.ExpectWritten(Text("200 OK", "seen"));
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9110 §9.3.2")]
    public void An_answer_to_HEAD_has_the_fields_of_GET_and_no_body()
    {
        var request = _kit.Ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        _kit.Answer(request, "hello");
        _kit.ExpectWritten(Raw("200 OK", "Content-Type: text/plain\r\n", "Content-Length: 5\r\n"));
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9110 §9.3.2")]
    public void The_source_of_a_body_is_cancelled_when_only_its_fields_are_wanted()
    {
        var request = _kit.Ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        var source = _kit.AnswerStreamed(request, 1234);
        source.ExpectMsg<CancelBody>();
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 1234\r\n"));
        _kit.ExpectNothing();
    }

    [Theory, Trait("RFC", "9112 §6.3")]
    [InlineData(204, "204 No Content")]
    [InlineData(304, "304 Not Modified")]
    public void A_status_without_content_has_neither_length_nor_body(int status, string line)
    {
        _kit.Tell(
            new HttpResponse(_kit.Ask(Get("/")).Exchange, status, HttpHeaders.Of(("ETag", "\"a\"")), ResponseBody.Of("oops"u8.ToArray())));
        _kit.ExpectWritten(Raw(line, "ETag: \"a\"\r\n"));
        _kit.Answer(_kit.Ask(Get("/")), "next");
        _kit.ExpectWritten(Text("200 OK", "next"));
    }

    [Fact, Trait("RFC", "9112 §6.2")]
    public void An_answer_without_a_body_says_so_with_length_0()
    {
        _kit.Tell(HttpResponse.Empty(_kit.Ask(Get("/")).Exchange, 200));
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 0\r\n"));
    }

    [Theory, Trait("RFC", "9110 §15.2")]
    [InlineData(100)]
    [InlineData(199)]
    [InlineData(600)]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_status_that_is_no_final_one_is_the_handlers_failure(int status)
    {
        _kit.Answer(_kit.Ask(Get("/")), "strange", status);
        Assert.StartsWith("HTTP/1.1 500 ", _kit.ExpectWrite());
        _kit.ExpectNothing();
    }

    [Fact]
    public void What_a_handler_says_about_framing_and_date_is_left_out()
    {
        var request = _kit.Ask(Get("/"));
        var headers = HttpHeaders.Of(
            ("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("Date", "never"), ("Keep-Alive", "x"), ("X-Mine", "kept"));
        _kit.Tell(new HttpResponse(request.Exchange, 200, headers, ResponseBody.Of("abc"u8.ToArray())));
        _kit.ExpectWritten(Raw("200 OK", "X-Mine: kept\r\n", "Content-Length: 3\r\n", "abc"));
    }

    [Fact]
    public void A_large_body_in_hand_arrives_whole()
    {
        var body = new string('x', 100_000) + "end";
        _kit.Tell(new HttpResponse(_kit.Ask(Get("/")).Exchange, 200, HttpHeaders.Empty, ResponseBody.Of(Encoding.Latin1.GetBytes(body))));
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 100003\r\n", body));
        _kit.ExpectNothing();
    }

    [Fact]
    public void A_second_answer_is_ignored_and_its_source_cancelled()
    {
        var first = _kit.Ask(Get("/1"));
        var second = _kit.Ask(Get("/2"));
        _kit.Answer(second, "the answer");
        _kit.AnswerStreamed(second).ExpectMsg<CancelBody>();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "the answer"));
        _kit.ExpectNothing();
    }

    [Fact]
    public void An_answer_to_an_exchange_that_is_over_is_ignored_and_its_source_cancelled()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Answer(request, "in time");
        _kit.ExpectWritten(Text("200 OK", "in time"));
        _kit.AnswerStreamed(request).ExpectMsg<CancelBody>();
        _kit.ExpectNothing();
    }

    [Fact]
    public void An_answer_to_an_exchange_that_never_was_is_ignored()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Tell(HttpResponse.Text(request.Exchange with { Number = 7 }, 200, "who asked?"));
        _kit.Tell(HttpResponse.Text(request.Exchange with { Number = -1 }, 200, "who asked?"));
        _kit.ExpectNothing();
        _kit.Answer(request, "I did");
        _kit.ExpectWritten(Text("200 OK", "I did"));
    }

    [Fact]
    public void A_closed_socket_ends_the_connection()
    {
        _kit.Ask(Get("/"));
        _kit.ExpectStopAfterReset();
    }

    [Fact]
    public void Whoever_works_for_a_client_that_is_gone_is_told()
    {
        var reader = CreateTestProbe();
        var streamed = _kit.Ask(Get("/streamed"));
        var waiting = _kit.Ask(Get("/waiting"));
        var upload = _kit.Ask(Get("/upload", "Content-Length: 10\r\n"));
        var source = _kit.AnswerStreamed(streamed);
        source.ExpectMsg<PullBody>();
        var later = _kit.AnswerStreamed(waiting);
        _kit.Connection.Tell(new PullBody(upload.Exchange), reader.Ref);
        _kit.ExpectStopAfterReset();
        source.ExpectMsg<CancelBody>();
        later.ExpectMsg<CancelBody>();
        Assert.Equal(upload.Exchange, reader.ExpectMsg<BodyFailed>().Exchange);
    }

    public sealed class OverScript() : RequestAndAnswerTests(TransportKind.Scripted);

    public sealed class OverAkka() : RequestAndAnswerTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : RequestAndAnswerTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : RequestAndAnswerTests(TransportKind.Epoll);
}
