using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ActorHttp.Hosting;
using ActorHttp.Messages;
using ActorHttp.Tests.Files;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Tests.Sockets;

/// <summary>Who runs where, as a whole server shows it.</summary>
public sealed class DispatcherTests
{
    private const string Accepting =
        "akka.actor.default-dispatcher.executor = \"ActorHttp.Sockets.AcceptingExecutorConfigurator, ActorHttp\"";

    [Theory]
    [InlineData("")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io { reactors = 3, spin = never }")]
    [InlineData("actor-http.dispatcher.executor = default-executor")]
    [InlineData("actor-http.dispatcher { type = ForkJoinDispatcher, dedicated-thread-pool.thread-count = 2 }")]
    [InlineData("actor-http.reading-dispatcher { type = ForkJoinDispatcher, dedicated-thread-pool.thread-count = 2 }")]
    [InlineData("actor-http { reading-dispatcher.threads = 1, writing-dispatcher.threads = 1, coding-dispatcher.threads = 1 }")]
    public async Task Whatever_runs_it_a_server_answers(string settings)
    {
        await using var server = await RunningServer.StartAsync(settings, Guests.AddTo);
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"GET /echo/{i} HTTP/1.1\r\nHost: x\r\n\r\nGET /hello/{i} HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal($"{i}", (await client.ReadResponseAsync()).Text);
            Assert.Equal($"Hello, {i}!", (await client.ReadResponseAsync()).Text);
        }
    }

    [Fact]
    public async Task Each_actor_is_on_the_dispatcher_that_is_meant_for_it()
    {
        await using var server = await RunningServer.StartAsync(configure: Guests.AddTo);
        var (client, connection) = await server.ConnectVisiblyAsync();
        using var mine = client;

        // Whoever has answered has begun, and so have those below it.
        Assert.Equal(404, (await client.ExchangeAsync("GET /files/nothing HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        var handlers = server.Handlers.ToDictionary(handler => handler.Path.Name);
        var sweep = RunningServer.ChildrenOf(server.Disk).Single(child => child.Path.Name == "sweep");
        Assert.All(
            [connection, server.Router, handlers["root"], handlers["echo"], handlers["user-agent"], server.Disk],
            actor => Assert.Equal("actor-http.dispatcher", DispatcherOf(actor)));
        Assert.Equal("actor-http.writing-dispatcher", DispatcherOf(sweep));
        Assert.Equal("akka.actor.default-dispatcher", DispatcherOf(handlers["patient"]));
    }

    [LinuxTheory]
    [InlineData("")]
    [InlineData(Accepting)]
    public async Task A_handler_is_off_the_threads_of_the_sockets_unless_it_asks(string settings)
    {
        await using var server = await RunningServer.StartAsync(settings, http => http
            .Route("/where", Guests.Answering(SayThread))
            .Route("/there", Guests.Answering(SayThread).WithDispatcher(ActorHttpBuilder.SocketDispatcher)));
        using var client = await server.ConnectAsync();
        var here = new HashSet<string>();
        var there = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            here.Add((await client.ExchangeAsync("GET /where HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
            there.Add((await client.ExchangeAsync("GET /there HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        }

        // What is sent to a connection by others, as when it begins, has it run by the pool.
        Assert.DoesNotContain("actor-http reactor", here);
        Assert.Contains("actor-http reactor", there);
    }

    [LinuxTheory]
    [InlineData("", ".NET TP Worker")]
    [InlineData(Accepting, "actor-http reactor")]
    public async Task Akkas_actors_accept_on_the_reactors_where_their_executor_says_so(string settings, string thread)
    {
        await using var server = await RunningServer.StartAsync(settings);
        var threads = new ConcurrentQueue<string?>();
        var handler = server.System.ActorOf(Props.Create<Idle>());
        var bound = await server.System.Tcp().Ask<Tcp.Bound>(
            new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0), options: [new ThreadOfAccept(threads)]), TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)bound.LocalAddress);
        await Until.TrueAsync(() => !threads.IsEmpty, "the client is accepted");
        Assert.Equal([thread], threads);

        // Akka's actor of the listening socket ends with it.
        server.System.Stop(handler);
    }

    [LinuxFact]
    public async Task A_handler_that_blocks_the_thread_of_the_sockets_is_named_and_delays_nobody_for_long()
    {
        using var mayGo = new SemaphoreSlim(0);
        await using var server = await RunningServer.StartAsync(
            "akka.loglevel = WARNING, akka.loggers = [], actor-http.io.reactors = 1",
            http => http.Handle(
                "blocker",
                Guests.Answering(request =>
                {
                    mayGo.Wait();
                    return SayThread(request);
                }).WithDispatcher(ActorHttpBuilder.SocketDispatcher),
                ("/block", [RequestMethod.Get])));
        var warnings = new TaskCompletionSource<string>();
        server.System.EventStream.Subscribe(server.System.ActorOf(Props.Create(typeof(WarningReader), warnings)), typeof(Warning));
        using var other = await server.ConnectAsync();
        using var blocked = await server.ConnectAsync();
        Assert.Equal("before", (await other.ExchangeAsync("GET /echo/before HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        await blocked.SendAsync("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");

        // It may have been the pool that ran it, as it does what others send to a connection; then again.
        for (var i = 0; i < 10 && await Task.WhenAny(warnings.Task, Task.Delay(TimeSpan.FromSeconds(2))) != warnings.Task; i++)
        {
            mayGo.Release();
            Assert.NotEqual("actor-http reactor", (await blocked.ReadResponseAsync()).Text);
            await blocked.SendAsync("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
        }

        var warning = await warnings.Task.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Contains("/user/actor-http/handlers/blocker has held up its thread", warning);
        for (var i = 0; i < 20; i++)
            Assert.Equal($"{i}", (await other.ExchangeAsync($"GET /echo/{i} HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        using (var another = await server.ConnectAsync())
            Assert.Equal("new", (await another.ExchangeAsync("GET /echo/new HTTP/1.1\r\nHost: x\r\n\r\n")).Text);

        mayGo.Release(2);
        Assert.Equal(200, (await blocked.ReadResponseAsync()).Status);
        Assert.Equal(200, (await blocked.ExchangeAsync("GET /block HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    private static string DispatcherOf(IActorRef actor) => ((ActorCell)((ActorRefWithCell)actor).Underlying).Dispatcher.Id;

    private static HttpResponse SayThread(HttpRequest request) => HttpResponse.Text(request.Exchange, 200, Thread.CurrentThread.Name ?? "");

    private sealed class WarningReader : ReceiveActor
    {
        public WarningReader(TaskCompletionSource<string> said) => Receive<Warning>(warning => said.TrySetResult(warning.ToString()));
    }

    private sealed class Idle : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class ThreadOfAccept(ConcurrentQueue<string?> threads) : Inet.SocketOption
    {
        public override void AfterConnect(Socket socket) => threads.Enqueue(Thread.CurrentThread.Name);
    }
}
