using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class RefusalTests : TestKit
{
    private readonly ConnectionKit _kit;

    private protected RefusalTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Fact, Trait("RFC", "9112 §3")]
    public void A_refusal_says_why_and_that_it_is_the_last_answer()
    {
        _kit.Send("GET  / HTTP/1.1\r\n\r\n");
        var answer = _kit.ExpectWrite();
        Assert.StartsWith($"HTTP/1.1 400 Bad Request\r\n{DateLine}Content-Type: text/plain\r\nContent-Length: ", answer);
        Assert.Contains("\r\nConnection: close\r\n\r\n", answer);
        Assert.EndsWith("\n", answer);
        _kit.ExpectLingeringClose();
        _kit.ExpectStopAfterClientCloses();
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public void A_refusal_waits_for_the_answers_before_it()
    {
        _kit.Send(Get("/1") + Get("/2") + "nonsense\r\n\r\n");
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.ExpectNothing();
        _kit.Answer(second, "two");
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        var written = _kit.ExpectWrite();
        Assert.StartsWith(Text("200 OK", "one") + Text("200 OK", "two") + "HTTP/1.1 400 ", written);
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9112 §11.2")]
    public void What_follows_a_refused_request_is_never_read()
    {
        _kit.Send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + Get("/smuggled"));
        Assert.StartsWith("HTTP/1.1 400 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
        _kit.Send(Get("/smuggled"));
        _kit.ExpectNothing();
    }

    [Fact]
    public void Neither_is_it_while_the_refusal_waits()
    {
        _kit.Send(Get("/1") + "nonsense\r\n\r\n");
        var first = _kit.ExpectRequest("/1");
        _kit.Send(Get("/smuggled"));
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        Assert.StartsWith(Text("200 OK", "one") + "HTTP/1.1 400 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
        _kit.ExpectNothing();
    }

    [Theory]
    [InlineData("GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 505 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "HTTP/1.1 417 ")]
    [InlineData("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "HTTP/1.1 501 ")]
    [InlineData("\u0016\u0003\u0001", "HTTP/1.1 400 ")]
    public void Every_refusal_has_its_status(string request, string status)
    {
        _kit.Send(request);
        Assert.StartsWith(status, _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9110 §15.5.14")]
    public void A_body_beyond_its_limit_is_refused_as_soon_as_it_is_passed()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        _kit.Tell(new LimitBody(request.Exchange, 5));
        var reader = _kit.Pull(request);
        _kit.Send("3\r\nabc\r\n");
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.Send("3\r\ndef\r\n");
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 413 ", _kit.ExpectWrite());

        // The client may be in the middle of sending: it must not be reset before it has read this.
        _kit.ExpectLingeringClose();
        _kit.Answer(request, "too late");
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §8")]
    public void A_body_that_ends_with_the_connection_was_cut()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10\r\n", "abc"));
        var reader = _kit.Pull(request);
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.EndClient();
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 400 ", _kit.ExpectWrite());
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9112 §8")]
    public void What_has_come_of_a_cut_body_is_still_told_before_its_end_is()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10\r\n", "abc"));
        _kit.EndClient();
        _kit.ExpectNothing();
        var reader = _kit.Pull(request);
        Assert.Equal("abc"u8, reader.ExpectMsg<BodyChunk>().Bytes.Span);
        Assert.StartsWith("HTTP/1.1 400 ", _kit.ExpectWrite());
        reader.ExpectMsg<BodyFailed>();
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void A_malformed_chunk_fails_the_body_and_the_request()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"));
        var reader = _kit.Pull(request);
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.Send("zz\r\n");
        reader.ExpectMsg<BodyFailed>();
        Assert.StartsWith("HTTP/1.1 400 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void A_malformed_chunk_resets_when_the_answer_is_on_the_wire()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"));
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(_kit.Connection)));
        _kit.ExpectWritten(Raw("200 OK", "", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"));
        _kit.Send("zz\r\n");
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void An_answer_that_was_ready_gives_way_to_the_refusal_of_its_requests_body()
    {
        _kit.Send(Get("/1") + Get("/2", "Transfer-Encoding: chunked\r\n") + "zz\r\n");
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        var source = _kit.AnswerStreamed(second);
        _kit.Pull(second).ExpectMsg<BodyFailed>();
        source.ExpectMsg<CancelBody>();
        _kit.Answer(first, "one");
        Assert.StartsWith(Text("200 OK", "one") + "HTTP/1.1 400 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
    }

    public sealed class OverScript() : RefusalTests(TransportKind.Scripted);

    public sealed class OverAkka() : RefusalTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : RefusalTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : RefusalTests(TransportKind.Epoll);
}
