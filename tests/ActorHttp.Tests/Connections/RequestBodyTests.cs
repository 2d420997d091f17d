using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class RequestBodyTests : TestKit
{
    private const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";

    private readonly ConnectionKit _kit;

    private protected RequestBodyTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, "actor-http.limits.discarded-body-size = 100B", transport: transport);

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void A_refusal_in_place_of_an_echo_closes_when_the_body_may_never_come()
    {
        var request = _kit.Ask(Post("/", "Expect: 100-continue\r\nAccept-Encoding: identity;q=0\r\nContent-Length: 400\r\n"));
        _kit.Tell(
            new HttpResponse(
                request.Exchange,
                200,
                HttpHeaders.Of(("Content-Type", "text/plain")),
                ResponseBody.From(request.Exchange.Connection, 400)));
        var answer = WrittenAnswer.Expect(_kit);
        Assert.Equal("HTTP/1.1 406 Not Acceptable", answer.StatusLine);
        Assert.Equal("close", answer["Connection"]);
    }

    [Fact]
    public void A_body_comes_in_the_parts_that_are_pulled_and_then_ends()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 6\r\n", "abc"));
        var reader = _kit.Pull(request);
        var chunk = reader.ExpectMsg<BodyChunk>();
        Assert.Equal(request.Exchange, chunk.Exchange);
        Assert.Equal("abc"u8, chunk.Bytes.Span);
        _kit.Send("def");
        _kit.Settle();
        Assert.False(reader.HasMessages);

        _kit.Pull(request, reader);
        Assert.Equal("def"u8, reader.ExpectMsg<BodyChunk>().Bytes.Span);
        _kit.Pull(request, reader);
        var end = reader.ExpectMsg<BodyEnd>();
        Assert.Equal(request.Exchange, end.Exchange);
        Assert.Empty(end.Trailers);
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_parts_are_right_whether_their_memory_is_given_back_or_not(bool givesBack)
    {
        const int size = 20_000;
        var request = _kit.Ask(Post("/", $"Content-Length: {size * 3}\r\n", new string('a', size)));
        var reader = CreateTestProbe();
        var parts = new List<(ReadOnlyMemory<byte> Bytes, char Letter)>();
        foreach (var letter in "abc")
        {
            _kit.Connection.Tell(new PullBody(request.Exchange) { GivesBack = givesBack }, reader.Ref);
            if (letter != 'a')
                _kit.Send(new string(letter, size));
            parts.Add((reader.ExpectMsg<BodyChunk>().Bytes, letter));
            Assert.Equal(size, parts[^1].Bytes.Length);

            // Whoever gives nothing back may keep all of them.
            foreach (var (bytes, written) in givesBack ? parts[^1..] : parts)
                Assert.Equal(-1, bytes.Span.IndexOfAnyExcept((byte)written));
        }

        _kit.Connection.Tell(new PullBody(request.Exchange) { GivesBack = givesBack }, reader.Ref);
        reader.ExpectMsg<BodyEnd>();
    }

    [Fact]
    public void A_body_is_read_to_its_end_when_the_piece_before_it_ends_with_a_line()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "1\r\nx"));
        var reader = _kit.Pull(request);
        Assert.Equal("x"u8, reader.ExpectMsg<BodyChunk>().Bytes.Span);
        _kit.Send("\r\n");
        _kit.Send("0\r\n\r\n");
        _kit.Pull(request, reader);
        reader.ExpectMsg<BodyEnd>();
    }

    [Fact]
    public void A_body_that_nobody_reads_is_thrown_away_to_its_end_when_the_piece_before_it_ends_with_a_line()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "1\r\nx"));
        _kit.Send("\r\n");
        _kit.Send("0\r\n\r\n" + Get("/next"));
        _kit.EndClient();
        _kit.Answer(request, "early");
        Assert.Equal("/next", _kit.ExpectRequest().Target.Path);
    }

    [Fact, Trait("RFC", "9112 §7.1.2")]
    public void A_chunked_body_comes_without_its_chunks_and_ends_with_its_trailers()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n2;x=y\r\nbc\r\n0\r\nX-Sum: 6\r\n\r\n"));
        Assert.Equal(new RequestBody(true, null), request.Body);
        var reader = _kit.Pull(request);
        Assert.Equal("abc"u8, reader.ExpectMsg<BodyChunk>().Bytes.Span);
        _kit.Pull(request, reader);
        Assert.Equal("6", reader.ExpectMsg<BodyEnd>().Trailers["X-Sum"]);
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_body_that_comes_byte_by_byte_is_the_same_body()
    {
        _kit.Send(Post("/", "Transfer-Encoding: chunked\r\n"));
        var request = _kit.ExpectRequest();
        foreach (var each in "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
            _kit.Send(each.ToString());
        Assert.Equal("hello!", ReadAll(request));
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
    }

    [Fact]
    public void What_came_byte_by_byte_while_nobody_pulled_comes_in_one_chunk()
    {
        const int Chunks = 500;
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        for (var i = 0; i < Chunks; i++)
        {
            foreach (var each in "1\r\nx\r\n")
                _kit.Send(each.ToString());
        }

        _kit.Settle();

        // Otherwise each pull would set aside what all of it needs, and give one byte.
        Assert.Equal(Chunks, _kit.Pull(request).ExpectMsg<BodyChunk>().Bytes.Length);
    }

    [Fact]
    public void Large_bodies_come_in_chunks_of_bounded_size()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 200000\r\n"));
        _kit.Send(new string('x', 200_000));
        var reader = CreateTestProbe();
        var read = 0;
        while (read < 200_000)
        {
            _kit.Pull(request, reader);
            var chunk = reader.ExpectMsg<BodyChunk>();
            Assert.InRange(chunk.Bytes.Length, 1, 64 * 1024);
            read += chunk.Bytes.Length;
        }

        _kit.Pull(request, reader);
        reader.ExpectMsg<BodyEnd>();
    }

    [Fact]
    public void A_body_that_is_not_there_cannot_be_pulled()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Pull(request).ExpectMsg<BodyFailed>();
        _kit.Answer(request, "fine");
        _kit.ExpectWritten(Text("200 OK", "fine"));
        _kit.Pull(request).ExpectMsg<BodyFailed>();
    }

    [Fact]
    public void The_end_of_a_body_is_told_once()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 1\r\n", "x"));
        Assert.Equal("x", ReadAll(request));
        _kit.Pull(request).ExpectMsg<BodyFailed>();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void Continue_is_said_when_the_body_is_first_pulled()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
        _kit.ExpectNothing();
        var reader = _kit.Pull(request);
        _kit.ExpectWritten(Continue);
        _kit.Send("ab");
        reader.ExpectMsg<BodyChunk>();
        _kit.Pull(request, reader);
        _kit.ExpectNothing();
        _kit.Send("c");
        reader.ExpectMsg<BodyChunk>();
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void Continue_waits_for_the_answers_before_it()
    {
        _kit.Send(Get("/1") + Get("/2", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        var reader = _kit.Pull(second);
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + Continue);
        _kit.Send("abc");
        reader.ExpectMsg<BodyChunk>();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void Continue_is_not_said_when_the_body_is_there_already()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 3\r\nExpect: 100-continue\r\n", "abc"));
        Assert.Equal("abc", ReadAll(request));
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void Continue_is_not_said_to_a_client_whose_body_nobody_wants()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
        _kit.Answer(request, "no");
        _kit.ExpectWritten(Text("200 OK", "no", "Connection: close\r\n"));
        _kit.ExpectLingeringClose();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void Continue_is_said_before_the_head_of_an_answer_that_is_made_of_the_body()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(_kit.Connection, 3)));
        _kit.ExpectWritten(Continue);
        _kit.Send("abc");
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 3\r\n", "abc"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_body_can_flow_back_as_it_comes()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        _kit.Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Empty, ResponseBody.From(_kit.Connection)));
        _kit.ExpectNothing();
        _kit.Send("3\r\nabc\r\n");
        _kit.ExpectWritten(Raw("200 OK", "", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"));
        _kit.Send("2\r\nde\r\n0\r\n\r\n");
        _kit.ExpectWritten("2\r\nde\r\n0\r\n\r\n");
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact, Trait("RFC", "9112 §9.3")]
    public void A_body_that_nobody_read_is_thrown_away_and_the_next_request_served()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 100\r\n", "some"));
        _kit.Answer(request, "early");
        _kit.ExpectWritten(Text("200 OK", "early"));
        _kit.Send(new string('x', 96) + Get("/next"));
        _kit.ExpectRequest("/next");
    }

    [Fact]
    public void A_reader_is_told_that_its_request_has_been_answered_without_it()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10\r\n"));
        var reader = _kit.Pull(request);
        _kit.Answer(request, "early");
        _kit.ExpectWritten(Text("200 OK", "early"));
        reader.ExpectMsg<BodyFailed>();
        _kit.ExpectRequestAfter(new string('x', 10) + Get("/next"));
    }

    [Fact, Trait("RFC", "9112 §9.6")]
    public void A_body_that_is_too_much_to_throw_away_ends_the_connection_behind_its_answer()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 101\r\n"));
        _kit.Answer(request, "early");
        _kit.ExpectWritten(Text("200 OK", "early", "Connection: close\r\n"));
        _kit.ExpectLingeringClose();
        _kit.Send(new string('x', 101) + Get("/next"));
        _kit.ExpectNothing();
    }

    [Fact]
    public void A_chunked_body_is_thrown_away_up_to_the_limit()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        _kit.Answer(request, "early");
        _kit.ExpectWritten(Text("200 OK", "early"));
        _kit.Send($"64\r\n{new string('x', 100)}\r\n");
        _kit.ExpectNothing();
        _kit.Send("1\r\nx\r\n");
        _kit.ExpectLingeringClose();
        _kit.Send("0\r\n\r\n" + Get("/next"));
        _kit.ExpectNothing();
    }

    [Fact]
    public void A_cancelled_body_is_thrown_away_like_one_that_nobody_read()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 10\r\n"));
        var reader = _kit.Pull(request);
        _kit.Connection.Tell(new CancelBody(request.Exchange), reader.Ref);
        _kit.Send("0123456789");
        _kit.Settle();
        Assert.False(reader.HasMessages);
        _kit.Answer(request, "enough");
        _kit.ExpectWritten(Text("200 OK", "enough"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void A_body_within_its_limit_passes()
    {
        var request = _kit.Ask(Post("/", "Transfer-Encoding: chunked\r\n"));
        _kit.Tell(new LimitBody(request.Exchange, 5));
        _kit.Send("5\r\nabcde\r\n0\r\n\r\n");
        Assert.Equal("abcde", ReadAll(request));
        _kit.Answer(request, "thanks");
        _kit.ExpectWritten(Text("200 OK", "thanks"));
    }

    private string ReadAll(HttpRequest request)
    {
        var reader = CreateTestProbe();
        var read = new StringBuilder();
        while (true)
        {
            _kit.Pull(request, reader);
            switch (reader.ExpectMsg<object>())
            {
                case BodyChunk chunk:
                    read.Append(Encoding.Latin1.GetString(chunk.Bytes.Span));
                    break;
                case BodyEnd:
                    return read.ToString();
                case var other:
                    Assert.Fail($"The body did not end but gave {other}.");
                    break;
            }
        }
    }

    public sealed class OverScript() : RequestBodyTests(TransportKind.Scripted);

    public sealed class OverAkka() : RequestBodyTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : RequestBodyTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : RequestBodyTests(TransportKind.Epoll);
}
