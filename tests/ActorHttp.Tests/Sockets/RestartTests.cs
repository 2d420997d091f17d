using System.Text;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using static ActorHttp.Tests.Sockets.ScriptedSource;

namespace ActorHttp.Tests.Sockets;

// The restart table of docs/architecture.md, row by row, as a client sees it; Connections/RestartTests.cs has the finer cases.
// Nothing in the server can be made to throw on purpose: a reference, a clock or bytes that throw are put in its way.
public sealed class TcpRestartTests() : RestartTests(isUnix: false);

// A unix socket cannot be reset: its client sees an end of the stream behind all that was sent.
public sealed class UnixRestartTests() : RestartTests(isUnix: !OperatingSystem.IsWindows());

public abstract class RestartTests(bool isUnix) : IAsyncLifetime
{
    private const string Failed = "The server failed on this request.\n";

    private readonly List<RawClient> _clients = [];
    private RunningServer _server = null!;
    private CrashLog _crashes = null!;
    private PoisonRef _strays = null!;
    private PoisonRef _source = null!;
    private PoisonRef _reader = null!;
    private IActorRef _script = null!;
    private Inbox _readerSide = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(PoisonClock.Settings, http =>
        {
            Guests.AddTo(http);
            http.Route("/unwritable", Guests.Answering(request => new HttpResponse(request.Exchange, 200, null!, ResponseBody.None)))
                .Route(
                    "/bytes/{length}",
                    Guests.Answering(
                        request => Answer(request, ResponseBody.Of(new PoisonMemory(int.Parse(request.RouteParameter)).Memory))))
                .Route("/streamed", Guests.Answering(request => Answer(request, ResponseBody.From(_source))))
                .Route("/streamed-20", Guests.Answering(request => Answer(request, ResponseBody.From(_source, 20))))
                .Route("/read", Guests.Answering(Pull));
        }, hasUnixSocket: isUnix);
        _crashes = new CrashLog(_server.System);
        _script = _server.System.ActorOf(Props.Create(() => new ScriptedSource()));
        _source = new PoisonRef(_script);
        _readerSide = Inbox.Create(_server.System);
        _reader = new PoisonRef(_readerSide.Receiver);
        _strays = new PoisonRef(_server.System.DeadLetters);
        _server.System.EventStream.Subscribe(_strays, typeof(UnhandledMessage));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        _readerSide.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Timer_the_client_sees_nothing_and_is_served_on()
    {
        var (client, connection) = await ConnectAsync();
        await WaitAtPatientAsync(client);
        Clock.ThrowOver<DeadlineCheck>();
        connection.Tell(DeadlineCheck.Instance);
        await ExpectCrashAsync(connection);
        await ExpectServedAsync(client);
    }

    [Fact]
    public async Task Drain_is_obeyed_after_all()
    {
        var (client, connection) = await ConnectAsync();
        Clock.ThrowOver<Drain>();
        connection.Tell(Drain.Instance);
        await client.ExpectFinAsync();
        await ExpectCrashAsync(connection);
    }

    [Fact]
    public async Task Acknowledgement_counts_so_that_every_byte_is_sent_once()
    {
        // More than the kernel takes at once: the socket says when it takes more.
        var bytes = TemporaryDirectory.Pattern(KernelBuffers.LargestSend + KernelBuffers.LargestReceive + (1024 * 1024));
        _server.Files.Add("large", bytes);
        var (client, connection) = await ConnectAsync();
        Clock.ThrowOver<TransportWritable>();
        await client.SendAsync(Get("/files/large"));
        var response = await client.ReadResponseAsync();
        Assert.Equal(200, response.Status);
        Assert.True(bytes.AsSpan().SequenceEqual(response.Body));
        await ExpectCrashAsync(connection);
        await WaitAtPatientAsync(client);
        await ExpectServedAsync(client);
    }

    [Fact]
    public async Task Stray_message_the_client_sees_nothing_and_is_served_on()
    {
        var (client, connection) = await ConnectAsync();
        await WaitAtPatientAsync(client);
        _strays.ThrowOn<UnhandledMessage>();
        connection.Tell("stray");
        await ExpectCrashAsync(connection);
        await ExpectServedAsync(client);
    }

    [Theory]
    [InlineData("/unwritable")]
    [InlineData("/streamed")]
    public async Task Reply_whose_head_is_not_written_gets_a_500_in_its_place(string path)
    {
        var (client, connection) = await ConnectAsync();
        _source.ThrowOn<PullBody>();
        await client.SendAsync(Get("/echo/1") + Get(path) + Get("/echo/3"));
        Assert.Equal("1", (await client.ReadResponseAsync()).Text);
        var failed = await client.ReadResponseAsync();
        Assert.Equal(500, failed.Status);
        Assert.Equal(Failed, failed.Text);
        Assert.Null(failed["Connection"]);
        Assert.Equal("3", (await client.ReadResponseAsync()).Text);
        await ExpectCrashAsync(connection);
        await WaitAtPatientAsync(client);
        await ExpectServedAsync(client);
    }

    [Fact]
    public async Task Reply_that_breaks_behind_its_head_resets()
    {
        var (client, connection) = await ConnectAsync();
        await client.SendAsync(Get("/bytes/10"));
        await ExpectResetAsync(client, "");
        await ExpectCrashAsync(connection);
    }

    [Theory]
    [InlineData("/streamed")]
    [InlineData("/streamed-20")]
    public async Task Body_part_whose_head_is_on_the_wire_resets_and_no_end_is_pretended(string path)
    {
        using var memory = new PoisonMemory(10);
        var (client, connection) = await ConnectAsync();
        await client.SendAsync(Get(path));
        await ReadBeginningAsync(client);
        _script.Tell(Part(memory.Memory));
        await ExpectResetAsync(client, "");
        await ExpectCrashAsync(connection);
        await Until.TrueAsync(IsSourceCancelled, "the source is told that nobody reads on");
    }

    [Fact]
    public async Task Received_bytes_in_a_head_accepted_ones_are_answered_and_then_500_and_a_lingering_close()
    {
        var (client, connection) = await ConnectAsync();

        // One segment: when the handler has the two, the connection has the part.
        await WaitAtPatientAsync(client, Get("/patient") + Get("/patient") + "GET /lost HTTP/1.1\r\nHos", 2);
        await LoseBytesAsync(client, connection);
        await ExpectCrashAsync(connection);
        await client.SendAsync("t: x\r\n\r\n" + Get("/echo/never"));
        AnswerPatiently();
        Assert.Equal("at last 1", (await client.ReadResponseAsync()).Text);
        Assert.Equal("at last 2", (await client.ReadResponseAsync()).Text);
        await ExpectErrorAndLingeringCloseAsync(client);
    }

    [Fact]
    public async Task Received_bytes_between_requests_the_last_accepted_one_says_close()
    {
        var (client, connection) = await ConnectAsync();
        await WaitAtPatientAsync(client, Get("/patient") + Get("/patient"), 2);
        await LoseBytesAsync(client, connection);
        await ExpectCrashAsync(connection);
        await client.SendAsync(Get("/echo/never"));
        AnswerPatiently();
        Assert.Null((await client.ReadResponseAsync())["Connection"]);
        var last = await client.ReadResponseAsync();
        Assert.Equal("at last 2", last.Text);
        Assert.Equal("close", last["Connection"]);
        await ExpectLingeringCloseAsync(client);
    }

    [Fact]
    public async Task Received_bytes_in_an_upload_nothing_of_it_is_stored()
    {
        var (client, connection) = await ConnectAsync();
        await client.SendAsync("PUT /files/lost HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhello");
        await Until.TrueAsync(() => _server.Files.Entries.Count == 1, "the upload is under way");
        await LoseBytesAsync(client, connection);
        await ExpectErrorAndLingeringCloseAsync(client);
        await ExpectCrashAsync(connection);
        await Until.TrueAsync(() => _server.Files.Entries.Count == 0, "the part of the upload is gone");
    }

    [Fact]
    public async Task Stream_state_before_an_answer_has_begun_500_and_a_lingering_close()
    {
        var (client, connection) = await ConnectAsync();
        _reader.ThrowOn<BodyChunk>();
        await client.SendAsync(Get("/read", "Content-Length: 10\r\n") + "hello");
        await ExpectErrorAndLingeringCloseAsync(client);
        await ExpectCrashAsync(connection);
        Assert.IsType<BodyFailed>(await _readerSide.ReceiveAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Stream_state_once_an_answer_has_begun_resets()
    {
        var (client, connection) = await ConnectAsync();
        await client.SendAsync(Get("/streamed"));
        await ReadBeginningAsync(client);
        _reader.ThrowOn<BodyChunk>();
        await client.SendAsync(Get("/read", "Content-Length: 10\r\n") + "hello");
        await ExpectResetAsync(client, "");
        await ExpectCrashAsync(connection);
    }

    [Fact]
    public async Task Connection_closed_those_who_still_work_for_it_are_told()
    {
        var (client, connection) = await ConnectAsync();
        await client.SendAsync(Get("/streamed") + Get("/read", "Content-Length: 10\r\n") + "hello");
        await ReadBeginningAsync(client);
        Assert.IsType<BodyChunk>(await _readerSide.ReceiveAsync(TimeSpan.FromSeconds(20)));
        _source.ThrowOn<CancelBody>();
        client.Die();

        // A client on a unix socket that has gone looks like one that has ended its side, until something is sent to it.
        if (isUnix)
            _script.Tell(Part("more"u8.ToArray()));
        Assert.IsType<BodyFailed>(await _readerSide.ReceiveAsync(TimeSpan.FromSeconds(20)));
        await ExpectCrashAsync(connection);
        await Until.TrueAsync(IsSourceCancelled, "the source is told");
        await Until.TrueAsync(() => _server.Connections.Count == 0, "the connection's actor is gone");
    }

    [Fact]
    public async Task More_than_three_restarts_a_minute_reset_this_connection_and_no_other()
    {
        var (other, _) = await ConnectAsync();
        await WaitAtPatientAsync(other);
        var (client, connection) = await ConnectAsync();
        await client.SendAsync(Get("/streamed"));
        await ReadBeginningAsync(client);
        _strays.ThrowAlwaysOn(message => message is UnhandledMessage { Message: "stray" });
        for (var i = 1; i <= 3; i++)
        {
            connection.Tell("stray");
            await ExpectCrashAsync(connection, i);
        }

        _script.Tell(Part("more"u8.ToArray()));
        Assert.Equal("4\r\nmore\r\n", await ReadTextAsync(client, 9));
        connection.Tell("stray");
        await ExpectResetAsync(client, "");
        await Until.TrueAsync(IsSourceCancelled, "the source is told");
        await ExpectServedAsync(other);
    }

    private PoisonClock Clock => (PoisonClock)_server.System.Scheduler;

    private ActorSelection Patient => _server.System.ActorSelection("/user/actor-http/handlers/patient");

    private static string Get(string path, string fields = "") => $"GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n";

    private static HttpResponse Answer(HttpRequest request, ResponseBody body) => new(request.Exchange, 200, HttpHeaders.Empty, body);

    private async Task<(RawClient Client, IActorRef Connection)> ConnectAsync()
    {
        var (client, connection) = await _server.ConnectVisiblyAsync();
        _clients.Add(client);
        return (client, connection);
    }

    private HttpResponse? Pull(HttpRequest request)
    {
        request.Exchange.Connection.Tell(new PullBody(request.Exchange), _reader);
        return null;
    }

    private Task WaitAtPatientAsync(RawClient client) => WaitAtPatientAsync(client, Get("/patient"), 1);

    // There is no memory to keep what was read.
    private static async Task LoseBytesAsync(RawClient client, IActorRef connection)
    {
        Ledger.Instance.Refuse(connection);
        await client.SendAsync(new string('x', 300));
    }

    private async Task WaitAtPatientAsync(RawClient client, string requests, int count)
    {
        await client.SendAsync(requests);
        await Until.TrueAsync(
            () => Patient.Ask<int>("count", TimeSpan.FromSeconds(20)).GetAwaiter().GetResult() == count, "the handler has the requests");
    }

    private void AnswerPatiently() => Patient.Tell("answer");

    private async Task ExpectCrashAsync(IActorRef connection, int times = 1)
    {
        await Until.TrueAsync(() => _crashes.CrashesOf(connection) >= times, "the connection's actor throws");
        Assert.Equal(times, _crashes.CrashesOf(connection));
    }

    // The request that waits gets its answer, and the one after it too, on the same connection.
    private async Task ExpectServedAsync(RawClient client)
    {
        AnswerPatiently();
        Assert.StartsWith("at last", (await client.ReadResponseAsync()).Text);
        Assert.Equal("next", (await client.ExchangeAsync(Get("/echo/next"))).Text);
    }

    // The head and the first part of what the scripted source sends.
    private async Task ReadBeginningAsync(RawClient client)
    {
        _script.Tell(Part("first"u8.ToArray()));
        var head = await client.ReadHeadAsync();
        Assert.Equal(200, head.Status);
        var part = head["Transfer-Encoding"] is null ? "first" : "5\r\nfirst\r\n";
        Assert.Equal(part, await ReadTextAsync(client, part.Length));
    }

    private static async Task<string> ReadTextAsync(RawClient client, int length)
    {
        var text = new StringBuilder();
        await client.ReadBodyAsync(
            new RawHead(200, "OK", [("Content-Length", $"{length}")]), "GET", bytes => text.Append(Encoding.Latin1.GetString(bytes.Span)));
        return text.ToString();
    }

    private async Task ExpectResetAsync(RawClient client, string before)
    {
        var (bytes, end) = await client.ReadToEndAsync();
        Assert.Equal(before, Encoding.Latin1.GetString(bytes));
        Assert.Equal(isUnix ? StreamEnd.Fin : StreamEnd.Reset, end);
    }

    private static async Task ExpectErrorAndLingeringCloseAsync(RawClient client)
    {
        var response = await client.ReadResponseAsync();
        Assert.Equal(500, response.Status);
        Assert.Equal("close", response["Connection"]);
        await ExpectLingeringCloseAsync(client);
    }

    // The server has closed its side and reads on. Had it closed outright, the first of these writes would bring a reset,
    // and the second would fail.
    private static async Task ExpectLingeringCloseAsync(RawClient client)
    {
        await client.ExpectFinAsync();
        for (var i = 0; i < 32; i++)
            await client.SendAsync(new byte[64 * 1024]);
    }

    private bool IsSourceCancelled() => _script.Ask<bool>("is cancelled?", TimeSpan.FromSeconds(20)).GetAwaiter().GetResult();
}
