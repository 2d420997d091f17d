using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

[Trait("RFC", "9110 §15.2")]
public sealed class InterimResponseTests : TestKit
{
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";

    private readonly ConnectionKit _kit;

    public InterimResponseTests()
        : base(TestSystem.Config) => _kit = new ConnectionKit(this);

    [Fact]
    public void It_leaves_at_once_and_the_answer_follows()
    {
        var request = _kit.Ask(Get("/"));
        TellHints(request);
        _kit.ExpectWritten(Hints);
        TellHints(request);
        _kit.ExpectWritten(Hints);
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
    }

    [Fact]
    public void One_for_a_later_request_waits_for_its_turn()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var first = _kit.ExpectRequest("/1");
        var second = _kit.ExpectRequest("/2");
        TellHints(second);
        _kit.ExpectNothing();
        _kit.Answer(first, "one");
        Assert.Equal(Text("200 OK", "one") + Hints, _kit.ExpectWrite());
        _kit.Acknowledge();
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact]
    public void Of_those_that_wait_for_their_turn_16_are_kept()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var first = _kit.ExpectRequest("/1");
        var second = _kit.ExpectRequest("/2");
        for (var i = 0; i < 20; i++)
            TellHints(second);
        _kit.Answer(second, "two");
        _kit.Answer(first, "one");
        _kit.ExpectWritten(Text("200 OK", "one") + string.Concat(Enumerable.Repeat(Hints, 16)) + Text("200 OK", "two"));
    }

    [Fact]
    public void A_client_of_HTTP_1_0_is_not_told()
    {
        var request = _kit.Ask("GET / HTTP/1.0\r\n\r\n");
        TellHints(request);
        _kit.ExpectNothing();
    }

    [Fact]
    public void Behind_the_answer_it_is_dropped()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
        TellHints(request);
        _kit.ExpectNothing();
    }

    [Fact, Trait("RFC", "9110 §10.1.1")]
    public void It_stands_in_for_no_100()
    {
        var request = _kit.Ask(Post("/", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
        TellHints(request);
        _kit.ExpectWritten(Hints);
        _kit.Pull(request);
        _kit.ExpectWritten("HTTP/1.1 100 Continue\r\n\r\n");
    }

    [Fact]
    public void A_handler_that_reports_is_not_silent()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Advance(19);
        TellHints(request);
        _kit.ExpectWritten(Hints);
        _kit.Advance(19);
        _kit.Answer(request, "done");
        _kit.ExpectWritten(Text("200 OK", "done"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(200)]
    public void It_has_a_status_of_its_kind(int status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterimResponse(default, status, HttpHeaders.Empty));

    private void TellHints(HttpRequest request) =>
        _kit.Tell(new InterimResponse(request.Exchange, 103, HttpHeaders.Of(("Link", "</a.css>"), ("Content-Length", "5"))));
}
