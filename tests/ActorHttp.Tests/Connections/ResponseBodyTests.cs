using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class ResponseBodyTests : TestKit
{
    private readonly ConnectionKit _kit;
    private readonly HttpRequest _request;

    private protected ResponseBodyTests(TransportKind transport)
        : base(TestSystem.Config)
    {
        _kit = new ConnectionKit(this, transport: transport);
        _request = _kit.Ask(Get("/"));
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void A_body_of_unknown_length_leaves_in_chunks()
    {
        var source = Begin(null);
        GiveAndExpect(source, "hello", "5\r\nhello\r\n");
        GiveAndExpect(source, new string('x', 26), $"1A\r\n{new string('x', 26)}\r\n");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.ExpectWritten("0\r\n\r\n");
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9112 §7.1.2")]
    public void Trailers_leave_behind_the_last_chunk()
    {
        var source = Begin(null);
        GiveAndExpect(source, "hello", "5\r\nhello\r\n");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange, HttpHeaders.Of(("X-Sum", "1"), ("Content-Length", "5"), ("Server-Timing", "db;dur=53"))));
        _kit.ExpectWritten("0\r\nX-Sum: 1\r\nServer-Timing: db;dur=53\r\n\r\n");
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §6.5.1")]
    public void Trailers_of_a_body_of_known_length_are_dropped()
    {
        var source = Begin(5);
        GiveAndExpect(source, "hello", "hello");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange, HttpHeaders.Of(("X-Sum", "1"))));
        _kit.ExpectNothing();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    // They belong to the request, and could be fields that no answer of ours has.
    [Fact]
    public void A_body_that_is_sent_back_leaves_without_the_trailers_of_the_request()
    {
        _kit.Answer(_request, "first");
        _kit.ExpectWritten(Text("200 OK", "first"));
        var echo = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"));
        _kit.Tell(new HttpResponse(echo.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(_kit.Connection)));
        _kit.ExpectWritten(Raw("200 OK", "", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9112 §6.2")]
    public void A_body_of_known_length_leaves_as_it_is()
    {
        var source = Begin(8);
        GiveAndExpect(source, "hello", "hello");
        GiveAndExpect(source, "you", "you");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.ExpectNothing();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_first_part_that_is_too_long_is_still_a_500()
    {
        var source = _kit.AnswerStreamed(_request, 3);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(_request.Exchange, "four"u8.ToArray()));
        Assert.Equal("HTTP/1.1 500 Internal Server Error", WrittenAnswer.Expect(_kit).StatusLine);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void An_empty_part_is_followed_by_the_next_pull()
    {
        var source = Begin(null);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(_request.Exchange, ReadOnlyMemory<byte>.Empty));
        GiveAndExpect(source, "hello", "5\r\nhello\r\n");
    }

    [Fact]
    public void A_source_may_stop_once_it_has_said_the_end()
    {
        var source = Begin(5);
        GiveAndExpect(source, "hello", "hello");
        _kit.Tell(new BodyEnd(_request.Exchange));
        Sys.Stop(source.Ref);
        _kit.ExpectNothing();
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void The_next_part_is_pulled_when_the_socket_has_taken_the_last()
    {
        var source = _kit.AnswerBegun(_request);
        for (var i = 0; i < 2; i++)
        {
            source.ExpectMsg<PullBody>();
            _kit.StopTaking();
            Give("one");
            _kit.ExpectNothing();
            Assert.False(source.HasMessages);
            _kit.TakeAgain();
            _kit.ExpectWritten("3\r\none\r\n");
        }

        source.ExpectMsg<PullBody>();
    }

    [Fact]
    public void The_head_waits_for_the_first_part_and_shares_its_write()
    {
        var source = _kit.AnswerStreamed(_request, 3);
        source.ExpectMsg<PullBody>();
        _kit.ExpectNothing();
        Give("abc");
        Assert.Equal(Raw("200 OK", "", "Content-Length: 3\r\n", "abc"), _kit.ExpectWrite());
    }

    [Fact]
    public void Parts_that_nobody_pulled_are_ignored()
    {
        var source = _kit.AnswerBegun(_request, 100);
        source.ExpectMsg<PullBody>();
        _kit.StopTaking();
        Give("pulled");
        Give("too many");
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.Tell(new BodyChunk(_request.Exchange with { Number = 9 }, "stray"u8.ToArray()));
        _kit.ExpectNothing();
        _kit.TakeAgain();
        _kit.ExpectWritten("pulled");
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §8")]
    public void A_source_with_too_much_resets_the_connection()
    {
        var source = Begin(8);
        GiveAndExpect(source, "hello", "hello");
        source.ExpectMsg<PullBody>();
        Give("world");
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §8")]
    public void A_source_with_too_little_resets_the_connection()
    {
        var source = Begin(8);
        GiveAndExpect(source, "hello", "hello");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Theory, Trait("RFC", "9112 §8")]
    [InlineData(null)]
    [InlineData(100L)]
    public void A_source_that_fails_resets_rather_than_pretends_to_finish(long? length)
    {
        var source = Begin(length);
        GiveAndExpect(source, "hello", length is null ? "5\r\nhello\r\n" : "hello");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyFailed(_request.Exchange, "the disk is gone"));
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Theory, Trait("RFC", "9112 §8")]
    [InlineData(null)]
    [InlineData(100L)]
    public void A_source_that_stops_resets_rather_than_pretends_to_finish(long? length)
    {
        var source = Begin(length);
        source.ExpectMsg<PullBody>();
        Sys.Stop(source.Ref);
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void An_empty_first_part_sends_the_head_at_once()
    {
        var source = _kit.AnswerStreamed(_request, 3);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(_request.Exchange, ReadOnlyMemory<byte>.Empty));
        Assert.Equal(Raw("200 OK", "", "Content-Length: 3\r\n"), _kit.ExpectWrite());
        GiveAndExpect(source, "abc", "abc");
    }

    [Fact, Trait("RFC", "9112 §7.1")]
    public void A_body_without_any_part_is_an_empty_body()
    {
        _kit.AnswerStreamed(_request).ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.ExpectWritten(Raw("200 OK", "", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_source_that_fails_before_its_first_part_is_a_500_in_its_place()
    {
        var behind = _kit.Ask(Get("/behind"));
        _kit.Answer(behind, "behind");
        _kit.AnswerStreamed(_request).ExpectMsg<PullBody>();
        _kit.Tell(new BodyFailed(_request.Exchange, "the disk is gone"));
        _kit.ExpectWritten(Failed + Text("200 OK", "behind"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_source_that_stops_before_its_first_part_is_a_500()
    {
        var source = _kit.AnswerStreamed(_request, 100);
        source.ExpectMsg<PullBody>();
        Sys.Stop(source.Ref);
        _kit.ExpectWritten(Failed);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_source_that_ends_before_its_declared_first_part_is_a_500()
    {
        _kit.AnswerStreamed(_request, 8).ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(_request.Exchange));
        _kit.ExpectWritten(Failed);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_source_that_was_never_there_is_a_500()
    {
        var source = CreateTestProbe();
        Sys.Stop(Watch(source.Ref));
        ExpectTerminated(source.Ref);
        _kit.Tell(new HttpResponse(_request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source.Ref)));
        _kit.ExpectWritten(Failed);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void What_comes_after_the_reset_is_thrown_away()
    {
        Sys.Stop(Begin(null).Ref);
        _kit.ExpectReset();
        _kit.Send(Get("/next"));
        Give("more");
        _kit.ExpectNothing();
        _kit.ExpectStopAfterEnd();
    }

    private static string Failed => Text("500 Internal Server Error", "The body of the answer could not be made.\n");

    private TestProbe Begin(long? length) => _kit.AnswerBegun(_request, length);

    private void GiveAndExpect(TestProbe source, string part, string written)
    {
        source.ExpectMsg<PullBody>();
        Give(part);
        _kit.ExpectWritten(written);
    }

    private void Give(string part) => _kit.Tell(new BodyChunk(_request.Exchange, System.Text.Encoding.Latin1.GetBytes(part)));

    public sealed class OverScript() : ResponseBodyTests(TransportKind.Scripted);

    public sealed class OverAkka() : ResponseBodyTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : ResponseBodyTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : ResponseBodyTests(TransportKind.Epoll);
}
