using System.Text;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Tests.Kit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// What only a connection that reads and writes its socket itself does. RestartTests has the failures that all transports
/// share.
/// </summary>
public abstract class SocketConnectionTests : TestKit
{
    private readonly ConnectionKit _kit;
    private PoisonRef _router = null!;

    private protected SocketConnectionTests(TransportKind transport)
        : base(TestSystem.Unserialized) =>
            _kit = new ConnectionKit(this, router: inner => _router = new PoisonRef(inner), transport: transport);

    // Read and kept: what fails behind that loses nothing.
    [Theory]
    [InlineData("GET /1 HT", "TP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "")]
    public void A_failure_behind_a_read_loses_no_byte(string first, string rest)
    {
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Send(first);
        _kit.ExpectRestart();
        _kit.Send(rest);
        _kit.Answer(_kit.ExpectRequest("/1"), "one");
        _kit.ExpectWritten(Text("200 OK", "one"));
        _kit.ExpectRequestAfter(Get("/next"));
    }

    // More than one read takes: the rest has had its edge when the read fails, and no other follows.
    [Fact]
    public void Bytes_that_a_failed_read_has_left_in_the_socket_are_read_after_the_restart()
    {
        var field = $"X: {new string('x', 5_000)}\r\n";
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.Send(string.Concat(Enumerable.Range(1, 6).Select(number => Get($"/{number}", field))));
        for (var number = 1; number <= 6; number++)
            _kit.ExpectRequest($"/{number}");
        _kit.ExpectRestart();
    }

    // They come while the connection does not wait for its socket, so their edge wakes nobody.
    [Fact]
    public void Bytes_that_come_while_a_read_fails_are_read_after_the_restart()
    {
        _kit.Settle();
        _router.RunBefore<HttpRequest>(() =>
        {
            _kit.Send(Get("/2"));
            _kit.Time.FailAfter(reads: 0);
        });
        _kit.Send(Get("/1"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        _kit.ExpectRestart();
        _kit.Answer(first, "one");
        _kit.Answer(second, "two");
        _kit.ExpectWritten(Text("200 OK", "one") + Text("200 OK", "two"));
    }

    // What comes is of no use any more, but the connection reads it: so it hears that nobody waits for the open answer.
    [Theory]
    [InlineData("")]
    [InlineData("more")]
    public void A_client_that_leaves_behind_a_failed_read_is_noticed_while_its_answer_is_awaited(string more)
    {
        var request = _kit.Ask(Get("/1"));
        var handler = CreateTestProbe();
        _kit.Connection.Tell(new FollowExchange(request.Exchange), handler.Ref);
        _kit.Settle();

        // Before the connection waits for its socket again.
        _router.ThrowOn<HttpRequest>();
        _kit.Send(Get("/lost"));
        _kit.ExpectRestart();
        _kit.Send(more);
        handler.ExpectNoMsg(TimeSpan.Zero);
        _kit.ExpectStopAfterReset();
        handler.ExpectMsg<ExchangeEnded>();
    }

    [Fact]
    public void A_failure_over_the_clients_end_still_ends_the_connection()
    {
        _kit.Settle();
        _kit.Time.FailAfter(reads: 0);
        _kit.EndClient();
        _kit.ExpectRestart();
        _kit.Advance(5);
        _kit.ExpectStop();
    }

    // All connections of a reactor read into one buffer.
    [Fact]
    public void A_failed_read_shows_a_connection_nothing_of_the_next_one_on_its_thread()
    {
        using var other = _kit.ConnectAnother();
        _kit.Settle();
        Ledger.Instance.Refuse(_kit.Connection);
        _kit.Send("GET /mine HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 300));
        _kit.ExpectRestart();
        other.Send(Get("/other", $"X: {new string('y', 400)}\r\n"));
        var request = _kit.ExpectRequest("/other");
        Assert.Equal(new string('y', 400), request.Headers["X"]);
        Assert.NotEqual(_kit.Connection, request.Exchange.Connection);
        _kit.Send("\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 500 ", _kit.ExpectWrite());
        _kit.ExpectLingeringClose();
        _kit.ExpectNothing();
    }

    [Fact]
    public void An_answer_that_there_is_no_memory_for_resets()
    {
        var request = _kit.Ask(Get("/"));
        Ledger.Instance.Refuse(_kit.Connection);
        _kit.Answer(request, "lost");
        _kit.ExpectReset();
        _kit.ExpectStop();
    }

    [Fact]
    public void An_answer_that_the_socket_takes_in_steps_loses_nothing_to_the_next_one()
    {
        _kit.Send(Get("/1") + Get("/2"));
        var (first, second) = (_kit.ExpectRequest("/1"), _kit.ExpectRequest("/2"));
        var body = TemporaryDirectory.Pattern(300_000);
        _kit.StopTaking();
        _kit.Tell(new HttpResponse(first.Exchange, 200, HttpHeaders.Empty, ResponseBody.Of(body)));
        _kit.Answer(second, "two");
        _kit.ExpectNothing();
        _kit.TakeAgain();
        _kit.ExpectWritten(Raw("200 OK", "", "Content-Length: 300000\r\n", Encoding.Latin1.GetString(body)) + Text("200 OK", "two"));
    }

    [Fact]
    public void What_the_connection_does_not_want_stays_in_the_kernel()
    {
        var request = _kit.Ask(Post("/", "Content-Length: 1000000\r\n"));
        _kit.Send(new string('x', 300_000));
        _kit.ExpectNothing();
        Assert.InRange(_kit.Held, 64 * 1024, 300_000 - 1);
        var reader = CreateTestProbe();
        for (var left = 300_000; left > 0;)
        {
            _kit.Pull(request, reader);
            left -= reader.ExpectMsg<BodyChunk>().Bytes.Length;
        }
    }

    public sealed class OverScript() : SocketConnectionTests(TransportKind.Scripted);

    public sealed class OverAsyncSockets() : SocketConnectionTests(TransportKind.AsyncSocket);

    public sealed class OverEpoll() : SocketConnectionTests(TransportKind.Epoll);
}
