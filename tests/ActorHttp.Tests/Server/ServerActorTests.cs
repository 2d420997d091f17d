using System.Net;
using ActorHttp.ConsoleHost.Endpoints;
using ActorHttp.Handlers;
using ActorHttp.Messages;
using ActorHttp.Routing;
using ActorHttp.Server;
using ActorHttp.Settings;
using ActorHttp.Tests.Connections;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorHttp.Tests.Connections.ConnectionKit;

namespace ActorHttp.Tests.Server;

public sealed class ServerActorTests : TestKit
{
    private readonly Dictionary<IActorRef, IActorRef> _handlers = [];
    private readonly TestProbe _tcp;

    public ServerActorTests()
        : base(TestSystem.Config) => _tcp = ReplaceTcp(this);

    [Fact]
    public void The_actor_tree_is_the_documented_one()
    {
        Start("host = 127.0.0.1, port = 4221");
        _tcp.ExpectMsg<Tcp.Bind>();
        foreach (var path in new[] { "handlers", "handlers/echo", "router", "listener-ipv4" })
        {
            Sys.ActorSelection($"/user/actor-http/{path}").Tell(new Identify(path), TestActor);
            Assert.NotNull(ExpectMsg<ActorIdentity>().Subject);
        }
    }

    [Fact]
    public void The_state_is_told_when_the_socket_is_bound_and_not_before()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        server.Tell(GetServerState.Instance, TestActor);
        Bind(4221);
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 4221)], Assert.Single(ExpectMsg<ServerBound>().Endpoints).Addresses);
        server.Tell(GetServerState.Instance, TestActor);
        ExpectMsg<ServerBound>();
    }

    [Fact]
    public void A_socket_that_cannot_be_bound_is_a_failure_in_one_line()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        server.Tell(GetServerState.Instance, TestActor);
        var bind = _tcp.ExpectMsg<Tcp.Bind>();
        bind.Handler.Tell(new Tcp.CommandFailed(bind).WithCause(new InvalidOperationException("in use")));
        Assert.Equal("Cannot listen on 127.0.0.1:4221: in use.", ExpectMsg<ServerFailed>().Reason);
        server.Tell(GetServerState.Instance, TestActor);
        ExpectMsg<ServerFailed>();
    }

    [Fact]
    public void A_request_reaches_its_handler_and_the_answer_its_client()
    {
        Start("host = 127.0.0.1, port = 4221");
        var (socket, connection) = Connect(Bind(4221));
        Say(connection, new Tcp.Received(ByteString.FromString(Get("/echo/hello"))));
        Assert.EndsWith("\r\n\r\nhello", socket.ExpectMsg<Tcp.Write>().Data.ToString());
    }

    [Fact]
    public void Draining_is_done_when_every_listener_is()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        var listener = Bind(4221, out var bound);
        server.Tell(GetServerState.Instance, TestActor);
        ExpectMsg<ServerBound>();
        var (socket, connection) = Connect(listener);
        Settle(connection);
        Time.Advance(TimeSpan.FromSeconds(1));
        server.Tell(new DrainServer(TimeSpan.FromSeconds(30)), TestActor);
        socket.ExpectMsg<Tcp.Close>();
        Assert.False(HasMessages);
        Say(connection, Tcp.Closed.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        Assert.Equal(new ServerDrained(Aborted: 0), ExpectMsg<ServerDrained>());
    }

    [Fact]
    public void Connections_that_the_drain_has_not_ended_in_time_are_reset_and_counted()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        var listener = Bind(4221, out var bound);
        server.Tell(GetServerState.Instance, TestActor);
        ExpectMsg<ServerBound>();
        (TestProbe Socket, IActorRef Connection)[] busy = [Connect(listener), Connect(listener)];
        foreach (var (_, connection) in busy)
            Say(connection, new Tcp.Received(ByteString.FromString("GET /unfinished")));
        var (idle, ended) = Connect(listener);
        Settle(ended);
        Time.Advance(TimeSpan.FromSeconds(1));
        server.Tell(new DrainServer(TimeSpan.FromSeconds(3)), TestActor);
        idle.ExpectMsg<Tcp.Close>();
        Watch(ended);
        Say(ended, Tcp.Closed.Instance);
        ExpectTerminated(ended);

        // Not counted any more once the listener has seen its end.
        AwaitCondition(() => !((ActorRefWithCell)listener).Children.Contains(ended));
        Settle(listener);
        Time.Advance(TimeSpan.FromSeconds(3));
        foreach (var (socket, connection) in busy)
        {
            socket.ExpectMsg<Tcp.Abort>();
            Say(connection, Tcp.Aborted.Instance);
        }

        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        Assert.Equal(new ServerDrained(Aborted: 2), ExpectMsg<ServerDrained>());
    }

    [Fact]
    public async Task A_drain_says_how_many_requests_are_open_when_it_begins()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        var listener = Bind(4221);
        server.Tell(GetServerState.Instance, TestActor);
        ExpectMsg<ServerBound>();
        foreach (var (_, busy) in new[] { Connect(listener), Connect(listener) })
            Say(busy, new Tcp.Received(ByteString.FromString("GET /unfinished")));
        var (_, idle) = Connect(listener);
        Settle(idle);
        var open = new TaskCompletionSource<int>();
        server.Tell(new DrainServer(TimeSpan.FromSeconds(30), open.SetResult), TestActor);
        Assert.Equal(2, await open.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("router")]
    [InlineData("handlers")]
    [InlineData("listener-ipv4")]
    public void What_is_killed_is_there_again_and_serves(string child)
    {
        Start("host = 127.0.0.1, port = 4221");
        var listener = Bind(4221);
        var (socket, connection) = Connect(listener);
        Sys.ActorSelection($"/user/actor-http/{child}").Tell(Kill.Instance);
        Say(connection, new Tcp.Received(ByteString.FromString(Get("/echo/hello"))));
        Assert.EndsWith("\r\n\r\nhello", socket.FishForMessage<Tcp.Write>(_ => true).Data.ToString());
        Assert.False(_tcp.HasMessages);
    }

    [Fact]
    public void Draining_waits_for_a_server_that_is_not_bound_yet()
    {
        var server = Start("host = 127.0.0.1, port = 4221");
        server.Tell(new DrainServer(TimeSpan.FromSeconds(30)), TestActor);
        Bind(4221, out var bound);
        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        ExpectMsg<ServerDrained>();
    }

    // Whatever it was told before, it has done.
    private void Settle(IActorRef connection)
    {
        connection.Tell(new Identify(null), TestActor);
        Assert.Equal(connection, FishForMessage<ActorIdentity>(_ => true).Subject);
    }

    private VirtualTime Time => (VirtualTime)Sys.Scheduler;

    private IActorRef Start(string settings)
    {
        var config = ConfigurationFactory.ParseString($"actor-http {{ {settings} }}").WithFallback(Sys.Settings.Config);
        var echo = new HandlerDefinition(
            "echo", Props.Create(typeof(EchoActor)), [new RouteDefinition("/echo/{text}", [RequestMethod.Get], null)]);
        return Sys.ActorOf(ServerActor.Props(ActorHttpSettings.From(config), [echo], TimeProvider.System), "actor-http");
    }

    private IActorRef Bind(int port) => Bind(port, out _);

    private IActorRef Bind(int port, out TestProbe bound)
    {
        bound = CreateTestProbe();
        var bind = _tcp.ExpectMsg<Tcp.Bind>();
        _tcp.Sender.Tell(new Tcp.Bound(new IPEndPoint(IPAddress.Loopback, port)), bound.Ref);
        return _tcp.Sender;
    }

    private (TestProbe Socket, IActorRef Connection) Connect(IActorRef listener)
    {
        var socket = CreateTestProbe();
        var others = ClientEnd.ChildrenOf(listener);
        listener.Tell(new Tcp.Connected(new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2)), socket.Ref);
        var handler = socket.ExpectMsg<Tcp.Register>().Handler;
        var connection = ClientEnd.ChildrenOf(listener).Except(others).Single();
        _handlers[connection] = handler;
        return (socket, connection);
    }

    // Akka.IO's actor of the connection's socket says this.
    private void Say(IActorRef connection, object message) => _handlers[connection].Tell(message);
}
