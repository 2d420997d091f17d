using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

/// <summary>A handler that cannot undo what it does claims the exchange first: from then on only the handler answers.</summary>
public abstract class ClaimTests : TestKit
{
    private const string Close = "Connection: close\r\n";

    private readonly ConnectionKit _kit;
    private readonly TestProbe _handler;

    private protected ClaimTests(TransportKind transport)
        : base(TestSystem.Unserialized)
    {
        _kit = new ConnectionKit(this, transport: transport);
        _handler = CreateTestProbe("handler");
    }

    [Fact]
    public void What_is_claimed_is_not_answered_when_the_handlers_time_is_up_but_when_it_answers()
    {
        var request = _kit.Ask(Put("/"));
        Claim(request, isGranted: true);
        _kit.Advance(599);
        _kit.ExpectNothing();
        _kit.Answer(request, "stored", 201);
        _kit.ExpectWritten(Text("201 Created", "stored"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    [Fact]
    public void It_is_reset_and_not_answered_when_the_time_to_commit_is_up()
    {
        Claim(_kit.Ask(Put("/")), isGranted: true);
        _kit.Advance(600);
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void What_has_been_answered_cannot_be_claimed()
    {
        var request = _kit.Ask(Put("/"));
        _kit.Advance(20);
        _kit.ExpectWritten(Text("503 Service Unavailable", "The server took too long to answer.\n"));
        Claim(request, isGranted: false);
    }

    [Fact]
    public void A_connection_that_is_being_reset_grants_nothing()
    {
        var request = _kit.Ask(Put("/"));
        _kit.TellTogetherAs(_handler.Ref, EndDrain.Instance, new ClaimExchange(request.Exchange));
        Assert.False(_handler.ExpectMsg<ExchangeClaimed>().IsGranted);
        _kit.ExpectReset();
    }

    [Fact]
    public void A_failure_of_the_connections_actor_resets_what_is_claimed()
    {
        var request = _kit.Ask(Put("/"));
        Claim(request, isGranted: true);
        _kit.Settle();
        _kit.Tell(new HttpResponse(request.Exchange, 201, null!, ResponseBody.None));
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void A_failure_over_the_claim_itself_resets()
    {
        var request = _kit.Ask(Put("/"));
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        Claim(request, isGranted: true);
        _kit.ExpectReset();
        _kit.ExpectNothing();
    }

    [Fact]
    public void Bytes_that_are_no_request_do_not_answer_for_what_is_claimed()
    {
        var request = _kit.Ask(Put("/"));
        Claim(request, isGranted: true);
        _kit.Send("no request\r\n\r\n");
        _kit.ExpectNothing();
        _kit.Answer(request, "stored", 201);
        Assert.StartsWith(Text("201 Created", "stored") + "HTTP/1.1 400", _kit.ExpectWrite());
    }

    [Fact]
    public void A_body_that_breaks_does_not_answer_for_what_is_claimed()
    {
        var request = _kit.Ask(Put("/", "Transfer-Encoding: chunked\r\n"));
        Claim(request, isGranted: true);
        _kit.Pull(request);
        _kit.Send("no chunk\r\n");
        _kit.ExpectNothing();
        _kit.Answer(request, "done", 200);
        _kit.ExpectWritten(Text("200 OK", "done", Close));
    }

    [Fact]
    public void What_may_have_been_done_is_dropped_by_a_reset()
    {
        var request = _kit.Ask(Put("/"));
        Claim(request, isGranted: true);
        _kit.Tell(new DropExchange(request.Exchange, "the disk has not said"));
        _kit.ExpectReset();
    }

    [Fact]
    public void A_request_that_was_postponed_comes_again_when_it_is_the_first()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        Assert.Equal((false, true), (first.IsBehindOthers, second.IsBehindOthers));
        _kit.Tell(new PostponeRequest(second, _handler.Ref));
        _kit.ExpectNothing();
        _handler.ExpectNoMsg(TimeSpan.Zero);
        _kit.Answer(first, "one");
        Assert.Equal(second with { IsBehindOthers = false }, _handler.ExpectMsg<HttpRequest>());
        _kit.ExpectWritten(Text("200 OK", "one"));

        // Its time begins when it is the first.
        _kit.Advance(19.9);
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "two"));
    }

    [Fact]
    public void A_request_that_is_the_first_already_comes_again_at_once()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Tell(new PostponeRequest(request, _handler.Ref));
        Assert.Same(request.Open, _handler.ExpectMsg<HttpRequest>().Open);
    }

    [Fact]
    public void A_request_knows_whether_its_client_waits()
    {
        var request = _kit.Ask(Get("/"));
        Assert.True(request.IsAwaited);
        _kit.Answer(request, "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        Assert.False(request.IsAwaited);
        var next = _kit.Ask(Get("/"));
        _kit.ExpectStopAfterReset();
        Assert.False(next.IsAwaited);
    }

    private static string Put(string path, string fields = "") => $"PUT {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n";

    private void Claim(HttpRequest request, bool isGranted)
    {
        _kit.Connection.Tell(new ClaimExchange(request.Exchange), _handler.Ref);
        Assert.Equal(isGranted, _handler.ExpectMsg<ExchangeClaimed>().IsGranted);
    }

    public sealed class OverScript() : ClaimTests(TransportKind.Scripted);

    public sealed class OverAkka() : ClaimTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : ClaimTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : ClaimTests(TransportKind.Epoll);
}
