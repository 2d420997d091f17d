using System.Text;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

public abstract class PipeliningTests : TestKit
{
    private readonly TransportKind _transport;

    private protected PipeliningTests(TransportKind transport)
        : base(TestSystem.Config) => _transport = transport;

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public void An_answer_waits_for_the_one_before_it()
    {
        var kit = new ConnectionKit(this, transport: _transport);
        kit.Send(Get("/1") + Get("/2") + Get("/3"));
        var (first, second, third) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"), kit.ExpectRequest("/3"));
        kit.Answer(third, "three");
        kit.Answer(second, "two");
        kit.ExpectNothing();
        kit.Answer(first, "one");
        kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two") + Text("200 OK", "three"));
        kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9112 §9.3.2")]
    public void Safe_requests_run_side_by_side_and_an_unsafe_one_alone()
    {
        var kit = new ConnectionKit(this, transport: _transport);
        kit.Send(Get("/1") + Get("/2") + Post("/3", "Content-Length: 0\r\n") + Get("/4"));
        var (first, second) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"));
        kit.ExpectNothing();

        kit.Answer(second, "two");
        kit.ExpectNothing();
        kit.Answer(first, "one");
        kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two"));
        var third = kit.ExpectRequest("/3");
        kit.ExpectNothing();

        kit.Answer(third, "three");
        kit.ExpectWritten(Text("200 OK", "three"));
        kit.Answer(kit.ExpectRequest("/4"), "four");
        kit.ExpectWritten(Text("200 OK", "four"));
        kit.ExpectNothing();
    }

    [Fact]
    public void The_body_of_a_request_that_has_to_wait_is_not_read_either()
    {
        var kit = new ConnectionKit(this, transport: _transport);
        kit.Send(Get("/1") + Post("/2", "Content-Length: 3\r\n", "abc") + Get("/3"));
        var first = kit.ExpectRequest("/1");
        kit.ExpectNothing();
        kit.Answer(first, "one");
        kit.ExpectWritten(Text("200 OK", "one"));
        var second = kit.ExpectRequest("/2");
        var reader = kit.Pull(second);
        Assert.Equal("abc"u8, reader.ExpectMsg<BodyChunk>().Bytes.Span);
        kit.ExpectNothing();
        kit.Answer(second, "two");
        kit.ExpectWritten(Text("200 OK", "two"));
        kit.ExpectRequest("/3");
    }

    [Fact]
    public void A_full_pipeline_takes_no_further_request()
    {
        var kit = new ConnectionKit(this, "actor-http.limits.pipelining = 2", transport: _transport);
        kit.Send(Get("/1") + Get("/2") + Get("/3") + Get("/4"));
        var first = kit.ExpectRequest("/1");
        kit.ExpectRequest("/2");
        kit.ExpectNothing();
        kit.Answer(first, "one");
        kit.ExpectWritten(Text("200 OK", "one"));
        kit.ExpectRequest("/3");
        kit.ExpectNothing();
    }

    [Fact]
    public void Answers_that_wait_for_the_socket_stop_the_reading_too()
    {
        var kit = new ConnectionKit(this, "actor-http.io.send-window = 1KiB", transport: _transport);
        kit.StopTaking();
        kit.Answer(kit.Ask(Get("/1")), "in flight");
        kit.Answer(kit.Ask(Get("/2")), new string('x', 1024));
        kit.Settle();
        kit.Send(Get("/3"));
        kit.ExpectNothing();
        kit.TakeAgain();
        kit.ExpectWritten(Text("200 OK", "in flight")
            + Raw("200 OK", "Content-Type: text/plain\r\nVary: Accept-Encoding\r\n", "Content-Length: 1024\r\n", new string('x', 1024)));
        kit.ExpectRequest("/3");
    }

    [Fact]
    public void Only_one_write_is_in_flight()
    {
        var kit = new ConnectionKit(this, transport: _transport);
        kit.StopTaking();
        kit.Send(Get("/1") + Get("/2") + Get("/3"));
        var (first, second, third) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"), kit.ExpectRequest("/3"));
        kit.Answer(first, "one");
        kit.Answer(second, "two");
        kit.Answer(third, "three");
        kit.ExpectNothing();
        kit.TakeAgain();
        kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two") + Text("200 OK", "three"));
        kit.ExpectNothing();
    }

    [Fact]
    public void A_streamed_answer_holds_the_one_behind_it()
    {
        var kit = new ConnectionKit(this, transport: _transport);
        kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (kit.ExpectRequest("/1"), kit.ExpectRequest("/2"));
        kit.Answer(second, "two");
        var source = kit.AnswerBegun(first, 6);
        foreach (var part in new[] { "abc", "def" })
        {
            source.ExpectMsg<PullBody>();
            kit.Tell(new BodyChunk(first.Exchange, Encoding.ASCII.GetBytes(part)));
            kit.ExpectWritten(part);
        }

        source.ExpectMsg<PullBody>();
        kit.ExpectNothing();
        kit.Tell(new BodyEnd(first.Exchange));
        kit.ExpectWritten(Text("200 OK", "two"));
    }

    public sealed class OverScript() : PipeliningTests(TransportKind.Scripted);

    public sealed class OverAkka() : PipeliningTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : PipeliningTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : PipeliningTests(TransportKind.Epoll);
}
