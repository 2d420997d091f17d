using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

/// <summary>A handler that works on a request for long can be told when nobody waits for its answer any more.</summary>
public abstract class FollowTests : TestKit
{
    private readonly ConnectionKit _kit;
    private readonly TestProbe _handler;

    private protected FollowTests(TransportKind transport)
        : base(TestSystem.Config)
    {
        _kit = new ConnectionKit(this, transport: transport);
        _handler = CreateTestProbe("handler");
    }

    [Fact]
    public void It_is_told_when_the_client_leaves()
    {
        var request = Follow(_kit.Ask(Get("/")));
        _kit.ResetClient();
        Assert.Equal(request.Exchange, _handler.ExpectMsg<ExchangeEnded>().Exchange);
    }

    [Fact]
    public void It_is_told_when_it_took_too_long_and_the_connection_has_answered()
    {
        var request = Follow(_kit.Ask(Get("/")));
        _kit.Advance(20);
        Assert.Equal(request.Exchange, _handler.ExpectMsg<ExchangeEnded>().Exchange);
    }

    [Fact]
    public void It_is_told_at_once_when_it_asks_too_late()
    {
        var request = _kit.Ask(Get("/"));
        _kit.Answer(request, "x");
        _kit.ExpectWritten(Text("200 OK", "x"));
        Follow(request);
        Assert.Equal(request.Exchange, _handler.ExpectMsg<ExchangeEnded>().Exchange);
    }

    [Fact]
    public void It_is_told_nothing_when_it_has_answered()
    {
        var request = Follow(_kit.Ask(Get("/")));
        _kit.Answer(request, "x");
        _kit.ExpectWritten(Text("200 OK", "x"));
        var next = Follow(_kit.Ask(Get("/next")));
        _kit.ResetClient();
        Assert.Equal(next.Exchange, _handler.ExpectMsg<ExchangeEnded>().Exchange);
        Assert.False(_handler.HasMessages);
    }

    private HttpRequest Follow(HttpRequest request)
    {
        _kit.Connection.Tell(new FollowExchange(request.Exchange), _handler.Ref);
        return request;
    }

    public sealed class OverScript() : FollowTests(TransportKind.Scripted);

    public sealed class OverAkka() : FollowTests(TransportKind.Akka);

    public sealed class OverAsyncSockets() : FollowTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : FollowTests(TransportKind.Epoll);
}
