using System.Text;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Semantics;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Routing;

public sealed class RouterActorTests : TestKit
{
    // What an answer of the router tells a person, by its status.
    private static readonly Dictionary<int, string> Reasons = new()
    {
        [404] = "There is nothing at this path.",
        [405] = "The method DELETE is not allowed here; allowed are GET, HEAD, OPTIONS.",
        [413] = "The body is larger than the 100 bytes that are accepted here.",
        [421] = "The host evil.example is not served here.",
        [500] = "The server failed while it looked for this request's handler.",
        [501] = "The method BREW is not implemented here.",
        [503] = "The handler of this route is out of service. It is being started again.",
    };

    private readonly TestProbe _connection;
    private readonly TestProbe _echo;
    private readonly RouteTarget _echoRoute;
    private readonly TestProbe _upload;
    private readonly PoisonRef _fragile;
    private readonly IActorRef _router;

    public RouterActorTests()
        : base(TestSystem.Config)
    {
        _connection = CreateTestProbe("connection");
        _echo = CreateTestProbe("echo");
        _echoRoute = new RouteTarget(_echo.Ref);
        _upload = CreateTestProbe("upload");
        _fragile = new PoisonRef(CreateTestProbe("fragile").Ref);
        _router = RouterFor(ServedHosts.All);
    }

    [Theory, Trait("RFC", "9110 §15.5.20")]
    [InlineData("GET", "/echo/x")]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/upload")]
    [InlineData("OPTIONS", "*")]
    [InlineData("BREW", "/echo/x")]
    public void A_request_for_a_host_that_is_not_served_is_misdirected_whatever_it_asks(string method, string path)
    {
        var target = path == "*" ? RequestTarget.Asterisk : new RequestTarget(TargetForm.Origin, path, null);
        var request = Request(new RequestMethod(method), path) with
        {
            Target = target,
            Headers = HttpHeaders.Of(("Host", "evil.example:4221")),
        };
        RouterFor(new ServedHosts(["allowed.example"])).Tell(request, _connection.Ref);
        Assert.Contains("--allow-host evil.example,", Encoding.UTF8.GetString(ExpectAnswer(421).Body.Bytes.Span), StringComparison.Ordinal);
        Assert.False(_echo.HasMessages);
        Assert.False(_upload.HasMessages);
    }

    [Fact, Trait("RFC", "9110 §7.2")]
    public void A_request_for_a_host_that_is_allowed_is_forwarded()
    {
        var request = Request(RequestMethod.Get, "/echo/x") with { Headers = HttpHeaders.Of(("Host", "ALLOWED.example:80")) };
        RouterFor(new ServedHosts(["allowed.example"])).Tell(request, _connection.Ref);
        _echo.ExpectMsg<HttpRequest>();
    }

    [Fact]
    public void A_request_is_forwarded_so_that_the_answer_skips_the_router()
    {
        var request = Request(RequestMethod.Get, "/echo/a/b");
        _router.Tell(request, _connection.Ref);
        var forwarded = _echo.ExpectMsg<HttpRequest>();
        Assert.Equal(request with { RouteParameter = "a/b", Headers = forwarded.Headers }, forwarded);
        Assert.Equal([.. request.Headers], forwarded.Headers);
        Assert.Equal(_connection.Ref, _echo.Sender);
        Assert.False(_connection.HasMessages);
    }

    [Theory, Trait("RFC", "3986 §6.2.2.2")]
    [InlineData("/%65cho/x", "x")]
    [InlineData("/echo%2Fx", null)]
    [InlineData("/echo/%2e%2E", "..")]
    [InlineData("/echo/a%20b", "a%20b")]
    [InlineData("/echo/%25%36%31", "%2561")]
    [InlineData("/echo/", "")]
    public void Encodings_of_unreserved_characters_do_not_matter(string path, string? parameter)
    {
        _router.Tell(Request(RequestMethod.Get, path), _connection.Ref);
        if (parameter is null)
            ExpectAnswer(404);
        else
            Assert.Equal(parameter, _echo.ExpectMsg<HttpRequest>().RouteParameter);
    }

    [Fact]
    public void The_target_arrives_as_it_was_sent()
    {
        _router.Tell(Request(RequestMethod.Get, "/%65cho/x"), _connection.Ref);
        Assert.Equal("/%65cho/x", _echo.ExpectMsg<HttpRequest>().Target.Path);
    }

    [Fact, Trait("RFC", "9110 §9.3.2")]
    public void HEAD_goes_where_GET_goes()
    {
        _router.Tell(Request(RequestMethod.Head, "/echo/x"), _connection.Ref);
        Assert.Equal(RequestMethod.Head, _echo.ExpectMsg<HttpRequest>().Method);
    }

    [Fact, Trait("RFC", "9110 §15.5.5")]
    public void A_path_that_is_nobodys_is_not_found()
    {
        _router.Tell(Request(RequestMethod.Get, "/nowhere"), _connection.Ref);
        Assert.Null(ExpectAnswer(404).Headers["Allow"]);
    }

    [Fact, Trait("RFC", "9110 §15.5.6")]
    public void A_method_that_the_path_does_not_allow_is_told_which_it_does()
    {
        _router.Tell(Request(RequestMethod.Delete, "/echo/x"), _connection.Ref);
        Assert.Equal("GET, HEAD, OPTIONS", ExpectAnswer(405).Headers["Allow"]);
    }

    [Fact, Trait("RFC", "9110 §15.6.2")]
    public void A_method_that_nobody_implements_is_not_implemented_anywhere()
    {
        _router.Tell(Request(new RequestMethod("BREW"), "/echo/x"), _connection.Ref);
        ExpectAnswer(501);
        _router.Tell(Request(new RequestMethod("BREW"), "/nowhere"), _connection.Ref);
        ExpectAnswer(501);
    }

    [Fact, Trait("RFC", "9110 §9.3.7")]
    public void OPTIONS_says_what_a_path_allows()
    {
        _router.Tell(Request(RequestMethod.Options, "/upload"), _connection.Ref);
        var answer = ExpectAnswer(204);
        Assert.Equal("POST, OPTIONS", answer.Headers["Allow"]);
        Assert.Equal(0, answer.Body.Length);
        _router.Tell(Request(RequestMethod.Options, "/nowhere"), _connection.Ref);
        ExpectAnswer(404);
    }

    [Fact, Trait("RFC", "9110 §9.3.7")]
    public void OPTIONS_of_the_server_says_what_any_path_allows()
    {
        _router.Tell(Request(RequestMethod.Options, "*") with { Target = RequestTarget.Asterisk }, _connection.Ref);
        var allowed = ExpectAnswer(204).Headers["Allow"]!.Split(", ");
        Assert.Equal(["GET", "HEAD", "OPTIONS", "POST"], allowed.Order(StringComparer.Ordinal));
    }

    [Fact, Trait("RFC", "9110 §15.5.14")]
    public void A_body_that_declares_too_much_is_refused_unread()
    {
        _router.Tell(Upload(101), _connection.Ref);
        ExpectAnswer(413);
        Assert.False(_upload.HasMessages);
        _router.Tell(Upload(100), _connection.Ref);
        _upload.ExpectMsg<HttpRequest>();
        Assert.False(_connection.HasMessages);
    }

    [Fact, Trait("RFC", "9110 §15.5.14")]
    public void A_body_that_does_not_say_is_counted_by_the_connection()
    {
        var request = Upload(null);
        _router.Tell(request, _connection.Ref);
        _upload.ExpectMsg<HttpRequest>();
        Assert.Equal(new LimitBody(request.Exchange, 100), _connection.ExpectMsg<LimitBody>());
    }

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void A_handler_that_has_gone_is_out_of_service_until_another_takes_its_place()
    {
        _router.Tell(new HandlerChanged(_echoRoute, null, TimeSpan.FromSeconds(7)));
        _router.Tell(Request(RequestMethod.Get, "/echo/x"), _connection.Ref);
        Assert.Equal("7", ExpectAnswer(503).Headers["Retry-After"]);
        _router.Tell(Upload(10), _connection.Ref);
        _upload.ExpectMsg<HttpRequest>();
        var another = CreateTestProbe("another");
        _router.Tell(new HandlerChanged(_echoRoute, another.Ref, TimeSpan.FromSeconds(1)));
        _router.Tell(Request(RequestMethod.Get, "/echo/x"), _connection.Ref);
        Assert.Equal("x", another.ExpectMsg<HttpRequest>().RouteParameter);
    }

    [Fact]
    public void A_request_that_the_router_fails_on_is_answered_and_the_next_one_forwarded()
    {
        _fragile.ThrowOn<HttpRequest>();
        _router.Tell(Request(RequestMethod.Get, "/fragile"), _connection.Ref);
        ExpectAnswer(500);
        _router.Tell(Request(RequestMethod.Get, "/echo/x"), _connection.Ref);
        _echo.ExpectMsg<HttpRequest>();
        Assert.False(_connection.HasMessages);
    }

    [Fact]
    public void A_restarted_router_still_knows_which_handlers_have_gone()
    {
        _router.Tell(new HandlerChanged(_echoRoute, null, TimeSpan.FromSeconds(1)));
        _fragile.ThrowOn<HttpRequest>();
        _router.Tell(Request(RequestMethod.Get, "/fragile"), _connection.Ref);
        ExpectAnswer(500);
        _router.Tell(Request(RequestMethod.Get, "/echo/x"), _connection.Ref);
        ExpectAnswer(503);
    }

    private HttpResponse ExpectAnswer(int status)
    {
        var answer = _connection.ExpectMsg<HttpResponse>();
        Assert.Equal(status, answer.Status);
        Assert.Equal(new Exchange(_connection.Ref, 1), answer.Exchange);
        if (status >= 400)
        {
            Assert.Equal("text/plain", answer.Headers["Content-Type"]);
            var reason = Encoding.UTF8.GetString(answer.Body.Bytes.Span);
            Assert.StartsWith(Reasons[status], reason, StringComparison.Ordinal);
            Assert.EndsWith("\n", reason, StringComparison.Ordinal);
        }

        return answer;
    }

    private HttpRequest Upload(long? length) => Request(RequestMethod.Post, "/upload") with { Body = new RequestBody(true, length) };

    private HttpRequest Request(RequestMethod method, string path) => new(
        new Exchange(_connection.Ref, 1), method, new RequestTarget(TargetForm.Origin, path, null), HttpVersion.Http11,
        HttpHeaders.Of(("Host", "a")), RequestBody.None);

    private IActorRef RouterFor(ServedHosts hosts)
    {
        var table = new RouteTable(
        [
            new Route("/echo/{text}", [RequestMethod.Get], _echoRoute, null),
            new Route("/upload", [RequestMethod.Post], _upload.Ref, 100),
            new Route("/fragile", [RequestMethod.Get], _fragile, null),
        ]);
        return Sys.ActorOf(RouterActor.Props(table, hosts));
    }
}
