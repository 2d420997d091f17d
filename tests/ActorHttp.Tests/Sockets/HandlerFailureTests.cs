using System.Text;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// An embedder's handler fails for one client while plain actors below it carry the bodies of others.
/// </summary>
public sealed class HandlerFailureTests
{
    private const int Failures = 20;

    [Theory]
    [InlineData("/carrier/throw")]
    [InlineData("/carrier/throw-later")]
    public async Task A_download_in_progress_is_whole_when_its_handler_fails_for_another_client(string failure)
    {
        await using var server = await StartAsync();
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /carrier/download HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();
        await FailAsync(server, failure);
        var position = 0L;
        await client.ReadBodyAsync(head, "GET", part =>
        {
            foreach (var actual in part.Span)
                Assert.Equal(Source.ByteAt(position++), actual);
        });
        Assert.Equal(Source.Length, position);
    }

    [Fact]
    public async Task An_upload_in_progress_is_whole_when_its_handler_fails_for_another_client()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /carrier/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
        await Until.TrueAsync(() => RunningServer.ChildrenOf(CarrierOf(server)).Count == 1, "the upload is being read");
        await FailAsync(server, "/carrier/throw");
        Assert.Equal("helloworld", (await client.ExchangeAsync("world")).Text);
    }

    [Fact]
    public async Task A_download_in_progress_is_whole_when_the_parent_of_all_handlers_fails()
    {
        await using var server = await StartAsync();
        using var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /carrier/download HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();
        server.Parts.Single(part => part.Path.Name == "handlers").Tell(Kill.Instance);
        await Until.TrueAsync(
            async () => (await server.ExchangeAsync("GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n")).Status == 200, "the handlers serve");
        var length = 0L;
        await client.ReadBodyAsync(head, "GET", part => length += part.Length);
        Assert.Equal(Source.Length, length);
    }

    [Fact]
    public async Task A_handler_that_works_for_a_client_that_left_is_told()
    {
        var cancelled = new TaskCompletionSource();
        await using var server = await RunningServer.StartAsync("", http => http.Route("/long", Props.Create(typeof(Long), cancelled)));
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
            await client.ReadInterimAsync();
            client.Die();
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Clients_who_leave_and_a_drain_leave_no_dead_letter_in_the_log(string takesSockets)
    {
        var server = await RunningServer.StartAsync(
            $"actor-http {{ io.takes-sockets = {takesSockets}, timeouts.drain = 1s }}",
            http =>
            {
                Guests.AddTo(http);
                http.Handle("carrier", Props.Create(typeof(Carrier)), ("/carrier/{what}", [RequestMethod.Get, RequestMethod.Post]));
            });

        // Akka logs these, and no others.
        var letters = new Heard<DeadLetter>(server.System);
        await using (server)
        {
            server.Files.Add("large", new byte[8 * 1024 * 1024]);
            string[] requests =
            [
                "GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /patient HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /carrier/download HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /carrier/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello",
                "PUT /files/part HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello",
                "GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\nGET /patient HTTP/1.1\r\nHost: x\r\n\r\n",
            ];
            for (var round = 0; round < 5; round++)
            {
                foreach (var request in requests)
                {
                    using var client = await server.ConnectAsync();
                    await client.SendAsync(request);
                    if (round % 2 == 0)
                        await Until.TrueAsync(() => server.Connections.Count > 0, "the client is served");
                    client.Die();
                }
            }

            await Until.TrueAsync(() => server.Connections.Count == 0, "the clients are gone");
            server.Handlers.Single(handler => handler.Path.Name == "patient").Tell("answer");
            foreach (var request in requests)
            {
                var client = await server.ConnectAsync();
                await client.SendAsync(request);
            }

            await server.Host.StopAsync();
        }

        // The one of Akka's event stream is its own: it comes when the actor that logs dead letters has ended. Where Akka.IO holds
        // the sockets, its actors and ours send each other Akka's messages about a client who has just come or left.
        Assert.Empty(letters.All
            .Where(letter => letter.Message.GetType().Namespace != typeof(EventStream).Namespace)
            .Where(letter => letter.Message is not Tcp.Message || takesSockets == "on")
            .Select(letter => $"{letter.Message.GetType()} to {letter.Recipient}"));
    }

    private static async Task<RunningServer> StartAsync() => await RunningServer.StartAsync(
        "actor-http.timeouts.handler = 5m",
        http => http.Handle("carrier", Props.Create(typeof(Carrier)), ("/carrier/{what}", [RequestMethod.Get, RequestMethod.Post])));

    private static IActorRef CarrierOf(RunningServer server) => server.Handlers.Single(handler => handler.Path.Name == "carrier");

    private static async Task FailAsync(RunningServer server, string failure)
    {
        using var other = await server.ConnectAsync();
        for (var i = 0; i < Failures; i++)
            Assert.Equal(500, (await other.ExchangeAsync($"GET {failure} HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    private sealed class Carrier : HttpHandlerActor
    {
        protected override void OnRequest(HttpRequest request)
        {
            switch (request.RouteParameter)
            {
                case "download":
                    Reply(
                        new HttpResponse(
                            request.Exchange,
                            200,
                            HttpHeaders.Empty,
                            ResponseBody.From(Context.ActorOf(Props.Create(typeof(Source)))),
                            CodingChoice.Never));
                    break;
                case "upload":
                    Context.ActorOf(Props.Create(typeof(Reader), request));
                    break;
                case "throw-later":
                    Akka.Dispatch.ActorTaskScheduler.RunTask(async () =>
                    {
                        await Task.Yield();
                        throw new PoisonException();
                    });
                    break;
                default:
                    throw new PoisonException();
            }
        }
    }

    /// <summary>Knows how far it is by a field, and nothing of restarts.</summary>
    private sealed class Source : ReceiveActor
    {
        public const long Length = 16 * 1024 * 1024;

        private const int Part = 64 * 1024;

        private long _position;

        public Source()
        {
            Receive<PullBody>(pull =>
            {
                var part = new byte[Math.Min(Part, Length - _position)];
                for (var i = 0; i < part.Length; i++)
                    part[i] = ByteAt(_position++);
                Sender.Tell(part.Length > 0 ? new BodyChunk(pull.Exchange, part) : new BodyEnd(pull.Exchange));
            });
            Receive<CancelBody>(_ => Context.Stop(Self));
        }

        public static byte ByteAt(long position) => (byte)((position * 7) + (position >> 13));
    }

    private sealed class Reader : ReceiveActor
    {
        private readonly StringBuilder _text = new();

        public Reader(HttpRequest request)
        {
            var connection = request.Exchange.Connection;
            connection.Tell(new PullBody(request.Exchange), Self);
            Receive<BodyChunk>(chunk =>
            {
                _text.Append(Encoding.Latin1.GetString(chunk.Bytes.Span));
                connection.Tell(new PullBody(request.Exchange), Self);
            });
            Receive<BodyEnd>(_ =>
            {
                connection.Tell(HttpResponse.Text(request.Exchange, 200, _text.ToString()), Self);
                Context.Stop(Self);
            });
            Receive<BodyFailed>(_ => Context.Stop(Self));
        }
    }

    private sealed class Long(TaskCompletionSource cancelled) : HttpHandlerActor
    {
        protected override async Task OnRequestAsync(HttpRequest request, CancellationToken cancellationToken)
        {
            request.Exchange.Connection.Tell(new InterimResponse(request.Exchange, 103, HttpHeaders.Empty), Self);
            using var registration = cancellationToken.Register(cancelled.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
