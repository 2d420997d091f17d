using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class PersistenceTests : TestKit
{
    private const string Close = "Connection: close\r\n";

    private readonly ConnectionKit _kit;

    private protected PersistenceTests(TransportKind transport)
        : base(TestSystem.Config) => _kit = new ConnectionKit(this, transport: transport);

    [Fact, Trait("RFC", "9112 §9.6")]
    public void A_client_that_says_close_gets_one_answer_and_the_end()
    {
        _kit.Answer(_kit.Ask(Get("/", Close)), "bye");
        _kit.ExpectWritten(Text("200 OK", "bye", Close));
        _kit.ExpectClose();
        _kit.ExpectStopAfterEnd();
    }

    [Fact, Trait("RFC", "9112 §9.6")]
    public void Nothing_behind_a_request_that_said_close_is_served()
    {
        var request = _kit.Ask(Get("/", Close) + Get("/more"));
        _kit.ExpectNothing();
        _kit.Answer(request, "bye");
        _kit.ExpectWritten(Text("200 OK", "bye", Close));
        _kit.ExpectLingeringClose();
        _kit.Send(Get("/even/more"));
        _kit.ExpectNothing();
        _kit.ExpectStopAfterClientCloses();
    }

    [Fact]
    public void The_socket_is_not_closed_before_it_has_taken_the_answer()
    {
        _kit.StopTaking();
        _kit.Answer(_kit.Ask(Get("/", Close)), "bye");
        _kit.ExpectNothing();
        _kit.TakeAgain();
        _kit.ExpectWritten(Text("200 OK", "bye", Close));
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9112 §9.6")]
    public void A_handler_may_end_the_connection()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Tell(HttpResponse.Empty(request.Exchange, 204, HttpHeaders.Of(("Connection", "close"))));
        _kit.ExpectWritten(Raw("204 No Content", "", Close));
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9112 §9.3")]
    public void HTTP_1_0_ends_with_its_answer()
    {
        _kit.Answer(_kit.Ask("GET / HTTP/1.0\r\n\r\n"), "bye");
        _kit.ExpectWritten(Text("200 OK", "bye", Close));
        _kit.ExpectClose();
    }

    [Fact, Trait("RFC", "9112 §9.3")]
    public void HTTP_1_0_lives_on_when_it_asks_to()
    {
        for (var i = 0; i < 2; i++)
        {
            _kit.Answer(_kit.Ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "hello");
            _kit.ExpectWritten(Text("200 OK", "hello", "Connection: keep-alive\r\n"));
        }

        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §6.3")]
    public void A_body_of_unknown_length_ends_with_the_connection_in_HTTP_1_0()
    {
        var request = _kit.Ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        var source = _kit.AnswerStreamed(request);
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten(Raw("200 OK", "", Close, "abc"));
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(request.Exchange));
        _kit.ExpectClose();
    }

    [Fact]
    public void A_client_that_has_said_all_still_gets_its_answers()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.EndClient();
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.ExpectNothing();
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
        _kit.ExpectClose();
        _kit.ExpectStopAfterEnd();
    }

    [Fact]
    public void An_idle_connection_closes_with_its_client()
    {
        _kit.EndClient();
        _kit.ExpectClose();
    }

    [Fact]
    public void Half_a_head_and_the_end_is_no_request()
    {
        _kit.Send("GET / HTTP/1.1\r\nHos");
        _kit.EndClient();
        _kit.ExpectClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Draining_closes_an_idle_connection()
    {
        _kit.Advance(0.25);
        _kit.Tell(Drain.Instance);
        _kit.ExpectClose();
        _kit.ExpectStopAfterEnd();
    }

    [Fact]
    public void Draining_serves_the_request_that_was_on_its_way_to_a_busy_connection()
    {
        _kit.Advance(10);
        _kit.Answer(_kit.Ask(Get("/1")), "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.Advance(0.2);
        _kit.Tell(Drain.Instance);
        _kit.Advance(0.2);
        _kit.ExpectNothing();
        _kit.Answer(_kit.Ask(Get("/2")), "two");
        _kit.ExpectWritten(Text("200 OK", "two", Close));
        _kit.ExpectClose();
    }

    [Fact]
    public void Draining_closes_a_busy_connection_to_which_none_comes()
    {
        _kit.Answer(_kit.Ask(Get("/1")), "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.Tell(Drain.Instance);
        _kit.Advance(0.24);
        _kit.ExpectNothing();
        _kit.Advance(0.01);
        _kit.ExpectClose();
    }

    [Fact]
    public void A_new_connection_takes_the_place_of_one_that_has_been_idle_and_not_of_one_that_has_just_answered()
    {
        _kit.Advance(10);
        _kit.Answer(_kit.Ask(Get("/")), "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.Advance(0.24);
        _kit.Connection.Tell(MakeRoom.Instance, TestActor);
        ExpectMsg<NoRoom>();
        _kit.ExpectNothing();
        _kit.Advance(0.01);
        _kit.Connection.Tell(MakeRoom.Instance, TestActor);
        _kit.ExpectClose();
    }

    [Fact]
    public void Draining_lets_all_open_requests_finish()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.Tell(Drain.Instance);
        _kit.Send(Get("/3"));
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.ExpectNothing();
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two", Close));
        _kit.ExpectLingeringClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Draining_lets_a_request_finish_that_has_begun_to_arrive()
    {
        _kit.Send("GET / HTTP/1.1\r\nHos");
        _kit.Tell(Drain.Instance);
        _kit.ExpectNothing();
        _kit.Answer(_kit.Ask("t: a\r\n\r\n"), "last");
        _kit.ExpectWritten(Text("200 OK", "last", Close));
        _kit.ExpectClose();
    }

    [Fact]
    public void Draining_lets_an_answer_finish_that_has_begun_to_leave()
    {
        var request = _kit.Ask(Get("/"));
        var source = _kit.AnswerBegun(request, 3);
        source.ExpectMsg<PullBody>();
        _kit.Tell(Drain.Instance);
        _kit.Tell(new BodyChunk(request.Exchange, "abc"u8.ToArray()));
        _kit.ExpectWritten("abc");
        source.ExpectMsg<PullBody>();
        _kit.Tell(new BodyEnd(request.Exchange));
        _kit.Advance(0.25);
        _kit.ExpectClose();
    }

    public sealed class OverScript() : PersistenceTests(TransportKind.Scripted);

    public sealed class OverAkka() : PersistenceTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : PersistenceTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : PersistenceTests(TransportKind.Epoll);
}
