using System.Globalization;
using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class CodingTests : TestKit
{
    private static readonly byte[] Small = Bytes(2_000);
    private static readonly byte[] Large = Bytes(200_000);

    private readonly ConnectionKit _kit;

    private protected CodingTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Theory, Trait("RFC", "9110 §8.4.1")]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("zstd", "zstd")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip, br", "br")]
    [InlineData("gzip, zstd", "zstd")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, br;q=0.5", "gzip")]
    [InlineData("*", "br")]
    public void A_small_body_is_coded_whole_and_sent_with_its_coded_length(string accepted, string coding)
    {
        Tell(Ask(accepted), Small);
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 200 OK", answer.StatusLine);
        Assert.Equal(coding, answer["Content-Encoding"]);
        Assert.Equal("Accept-Encoding", answer["Vary"]);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer["Content-Length"]);
        Assert.True(answer.Body.Length < Small.Length);
        Assert.Equal(Small, answer.Decoded);
    }

    [Theory, Trait("RFC", "9110 §8.4.1")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    public void A_large_body_is_coded_as_it_leaves(string coding)
    {
        Tell(Ask(coding), Large);
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal(coding, answer["Content-Encoding"]);
        Assert.Equal("chunked", answer["Transfer-Encoding"]);
        Assert.Null(answer["Content-Length"]);
        Assert.Equal(Large, answer.Decoded);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(200_000L)]
    public void A_streamed_body_is_coded_as_it_is_pulled(long? length)
    {
        var request = Ask("gzip");
        var source = CreateTestProbe();
        source.SetAutoPilot(new Slices(request.Exchange, Large));
        _kit.Tell(
            new HttpResponse(request.Exchange, 200, HttpHeaders.Of(("Content-Type", "text/plain")), ResponseBody.From(source.Ref, length)));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("gzip", answer["Content-Encoding"]);
        Assert.Equal("chunked", answer["Transfer-Encoding"]);
        Assert.Equal(Large, answer.Decoded);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Theory, Trait("RFC", "9110 §6.5")]
    [InlineData(false, "X-Sum: 1\r\n")]
    [InlineData(true, "")]
    public void Trailers_outlive_a_coding_unless_they_are_the_requests(bool isEcho, string trailers)
    {
        var request = isEcho
            ? _kit.Ask(Post("/", "Accept-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"))
            : Ask("gzip");
        if (isEcho)
        {
            _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(_kit.Connection), CodingChoice.Always));
        }
        else
        {
            var source = CreateTestProbe();
            _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(source.Ref), CodingChoice.Always));
            source.ExpectMsg<PullBody>();
            source.Reply(new BodyEnd(request.Exchange, HttpHeaders.Of(("X-Sum", "1"))));
        }

        var written = "";
        while (!written.EndsWith("\r\n\r\n", StringComparison.Ordinal) || !written.Contains("\r\n0\r\n", StringComparison.Ordinal))
            written += _kit.ExpectWrite();
        Assert.EndsWith($"\r\n0\r\n{trailers}\r\n", written);
    }

    [Fact]
    public void A_streamed_body_that_fails_under_its_coding_resets_the_connection()
    {
        var request = Ask("gzip");
        var source = _kit.AnswerStreamed(request, null, ("Content-Type", "text/plain"));
        BeginCoded(source, request);
        source.Reply(new BodyFailed(request.Exchange, "the disk is gone"));
        _kit.ExpectReset();
    }

    [Fact]
    public void A_streamed_body_whose_source_stops_under_its_coding_resets_the_connection()
    {
        var request = Ask("gzip");
        var source = _kit.AnswerStreamed(request, null, ("Content-Type", "text/plain"));
        BeginCoded(source, request);
        Sys.Stop(source.Ref);
        _kit.ExpectReset();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_streamed_body_that_fails_before_its_first_part_is_a_500_without_coding(bool stops)
    {
        var request = Ask("gzip");
        var source = _kit.AnswerStreamed(request, null, ("Content-Type", "text/plain"));
        source.ExpectMsg<PullBody>();
        if (stops)
            Sys.Stop(source.Ref);
        else
            source.Reply(new BodyFailed(request.Exchange, "the disk is gone"));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 500 Internal Server Error", answer.StatusLine);
        Assert.Null(answer["Content-Encoding"]);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void The_source_under_a_coding_is_cancelled_with_the_connection()
    {
        var source = _kit.AnswerStreamed(Ask("gzip"), null, ("Content-Type", "text/plain"));
        source.ExpectMsg<PullBody>();
        _kit.ExpectStopAfterReset();
        source.ExpectMsg<CancelBody>();
    }

    [Theory, Trait("RFC", "9110 §9.3.2")]
    [InlineData(2_000)]
    [InlineData(200_000)]
    public void HEAD_has_the_fields_of_GET(int length)
    {
        var body = Bytes(length);
        Tell(Ask("gzip"), body);
        var got = WrittenAnswer.Expect(_kit);
        Tell(_kit.Ask("HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"), body);
        Assert.Equal(got.Head, WrittenAnswer.ExpectHead(_kit).Head);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §8.8.3.3")]
    public void A_coded_answer_has_an_entity_tag_of_its_own_and_no_ranges()
    {
        Tell(Ask("gzip"), Small, ("ETag", "\"abc\""), ("Accept-Ranges", "bytes"));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("\"abc-gzip\"", answer["ETag"]);
        Assert.Null(answer["Accept-Ranges"]);
    }

    [Theory, Trait("RFC", "9110 §12.5.5")]
    [InlineData(null)]
    [InlineData("identity")]
    [InlineData("gzip;q=0")]
    [InlineData("compress")]
    public void What_could_have_been_coded_varies_even_when_it_is_not(string? accepted)
    {
        Tell(Ask(accepted), Small, ("Vary", "Origin"));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Null(answer["Content-Encoding"]);
        Assert.Equal("Origin, Accept-Encoding", answer["Vary"]);
        Assert.Equal(Small, answer.Body);
    }

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("compress, identity;q=0")]
    public void A_client_that_takes_nothing_we_have_is_told_so(string accepted)
    {
        var source = _kit.AnswerStreamed(Ask(accepted), null, ("Content-Type", "text/plain"));
        source.ExpectMsg<CancelBody>();
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 406 Not Acceptable", answer.StatusLine);
        Assert.Equal("Accept-Encoding", answer["Vary"]);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_picture_is_sent_as_it_is()
    {
        _kit.Tell(new HttpResponse(Ask("gzip").Exchange, 200, HttpHeaders.Of(("Content-Type", "image/png")), ResponseBody.Of(Small)));
        AssertPlain(WrittenAnswer.Expect(_kit));
    }

    [Fact, Trait("RFC", "9110 §14.4")]
    public void A_part_is_a_part_of_the_bytes_as_they_are()
    {
        Tell(Ask("gzip"), Small, 206, ("Content-Range", "bytes 0-1999/5000"));
        AssertPlain(WrittenAnswer.Expect(_kit));
    }

    [Theory, Trait("RFC", "9110 §15.3.7")]
    [InlineData("bytes 0-1999/5000", "Accept-Encoding")]
    [InlineData("bytes 0-1999/*", "Accept-Encoding")]
    [InlineData("bytes 0-1/255", null)]
    public void A_part_varies_as_the_whole_would(string range, string? vary)
    {
        Tell(Ask("gzip"), Small, 206, ("Content-Range", range));
        Assert.Equal(vary, WrittenAnswer.Expect(_kit)["Vary"]);
    }

    [Fact]
    public void An_error_is_never_coded()
    {
        Tell(Ask("gzip"), Small, 404);
        AssertPlain(WrittenAnswer.Expect(_kit));
    }

    [Fact, Trait("RFC", "9111 §5.2.2.6")]
    public void No_transform_is_obeyed()
    {
        Tell(Ask("gzip"), Small, ("Cache-Control", "public, no-transform"));
        AssertPlain(WrittenAnswer.Expect(_kit));
    }

    [Fact]
    public void What_is_coded_already_is_left_alone()
    {
        Tell(Ask("br"), Small, ("Content-Encoding", "x-mine"));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("x-mine", answer["Content-Encoding"]);
        Assert.Equal(Small, answer.Body);
    }

    [Fact]
    public void A_tiny_body_is_coded_only_when_its_handler_insists()
    {
        _kit.Tell(HttpResponse.Text(Ask("gzip").Exchange, 200, "abc"u8.ToArray()));
        AssertPlain(WrittenAnswer.Expect(_kit));
        _kit.Tell(HttpResponse.Text(Ask("gzip").Exchange, 200, "abc"u8.ToArray(), CodingChoice.Always));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("gzip", answer["Content-Encoding"]);
        Assert.Equal("Accept-Encoding", answer["Vary"]);
        Assert.Equal("abc"u8, answer.Decoded);
    }

    [Fact]
    public void A_restart_of_the_connection_costs_a_coded_answer_nothing()
    {
        var request = Ask("gzip");
        var source = _kit.AnswerStreamed(request, null, ("Content-Type", "text/plain"));
        source.ExpectMsg<PullBody>();
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        _kit.Tell("stray");
        _kit.ExpectRestart();
        var puller = source.LastSender;
        source.SetAutoPilot(new Slices(request.Exchange, Large));
        source.Ref.Tell(new PullBody(request.Exchange), puller);
        Assert.True(Large.AsSpan().SequenceEqual(WrittenAnswer.Expect(_kit).Decoded));
    }

    [Fact]
    public void What_a_codec_gives_bit_by_bit_leaves_in_one_write_with_the_head_and_the_end()
    {
        var request = Ask("gzip");
        var source = CreateTestProbe();
        source.SetAutoPilot(new Slices(request.Exchange, Large[..20_000]));
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Of(("Content-Type", "text/plain")), ResponseBody.From(source.Ref)));
        var written = _kit.ExpectWrite();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", written);
        Assert.EndsWith("\r\n0\r\n\r\n", written);
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void Answers_keep_their_order_when_one_is_coded_in_a_stream()
    {
        _kit.Send(Get("/1", "Accept-Encoding: gzip\r\n") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.Answer(second, "two");
        Tell(first, Large);
        var written = new StringBuilder();
        while (!written.ToString().EndsWith("0\r\n\r\n" + Text("200 OK", "two"), StringComparison.Ordinal))
            written.Append(_kit.ExpectWrite());
        Assert.StartsWith("HTTP/1.1 200 OK", written.ToString());
    }

    private static byte[] Bytes(int length)
    {
        // Text that repeats, but not so much that a few coded bytes hold all of it.
        var random = new Random(4711);
        var words = Enumerable.Range(0, length / 4).Select(_ => (random.Next(1000) + 1000).ToString(CultureInfo.InvariantCulture));
        return Encoding.ASCII.GetBytes(string.Concat(words));
    }

    private static void AssertPlain(WrittenAnswer answer)
    {
        Assert.Null(answer["Content-Encoding"]);
        Assert.Equal(answer.Body.Length.ToString(CultureInfo.InvariantCulture), answer["Content-Length"]);
        Assert.True(answer.Body.Length is 3 || answer.Body.AsSpan().SequenceEqual(Small));
    }

    private HttpRequest Ask(string? accepted) => _kit.Ask(Get("/", accepted is null ? "" : $"Accept-Encoding: {accepted}\r\n"));

    private void Tell(HttpRequest request, byte[] body, params ReadOnlySpan<(string, string)> more) => Tell(request, body, 200, more);

    private void Tell(HttpRequest request, byte[] body, int status, params ReadOnlySpan<(string, string)> more) =>
        _kit.Tell(
            new HttpResponse(request.Exchange, status, HttpHeaders.Of([("Content-Type", "text/plain"), .. more]), ResponseBody.Of(body)));

    // So many bytes that some of them come out coded, and the head with them.
    private void BeginCoded(TestProbe source, HttpRequest request)
    {
        source.ExpectMsg<PullBody>();
        source.Reply(new BodyChunk(request.Exchange, Large));
        var written = new StringBuilder(_kit.ExpectWrite());
        while (!written.ToString().EndsWith("\r\n", StringComparison.Ordinal))
            written.Append(_kit.ExpectWrite());
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", written.ToString());
        Assert.DoesNotContain("\r\n0\r\n\r\n", written.ToString());
        source.ExpectMsg<PullBody>();
    }

    // A source that gives its bytes in pieces, and ends.
    private sealed class Slices(Exchange exchange, byte[] bytes) : AutoPilot
    {
        private int _given;

        public override AutoPilot Run(IActorRef sender, object message)
        {
            if (message is not PullBody)
                return this;
            var piece = bytes.AsMemory(_given, Math.Min(7_000, bytes.Length - _given));
            _given += piece.Length;
            sender.Tell(piece.IsEmpty ? new BodyEnd(exchange) : new BodyChunk(exchange, piece));
            return this;
        }
    }

    public sealed class OverScript() : CodingTests(TransportKind.Scripted);

    public sealed class OverAkka() : CodingTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : CodingTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : CodingTests(TransportKind.Epoll);
}
