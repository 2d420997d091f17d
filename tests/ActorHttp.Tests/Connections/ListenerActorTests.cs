using System.Net;
using System.Net.Sockets;
using ActorHttp.Connections;
using ActorHttp.Protocol;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Connections;

public sealed class ListenerActorTests : TestKit
{
    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 4221);

    private const int MostConnections = 3;
    private const int MostRefusals = 2;

    private readonly TestProbe _tcp;
    private readonly TestProbe _server;
    private readonly IActorRef _listener;

    public ListenerActorTests()
        : base(TestSystem.Config)
    {
        _tcp = ConnectionKit.ReplaceTcp(this);
        _server = CreateTestProbe("server");
        var limits = $"actor-http.limits {{ connections = {MostConnections}, refusals = {MostRefusals}, retry-after = 1500ms }}";
        var settings = ActorHttpSettings.From(ConfigurationFactory.ParseString(limits).WithFallback(Sys.Settings.Config));
        var context = new ServerContext(settings, CreateTestProbe("router").Ref, new DateField(TimeProvider.System), ReactorPool.None);
        _listener = _server.ChildActorOf(ListenerActor.Props(Address, context), "listener-ipv4", Akka.Actor.SupervisorStrategy.DefaultStrategy);
    }

    [Fact]
    public void A_listener_binds_its_address_with_frames_of_our_size()
    {
        var bind = _tcp.ExpectMsg<Tcp.Bind>();
        Assert.Equal(Address, bind.LocalAddress);
        Assert.Equal(_listener, bind.Handler);
        Assert.Equal(1024, bind.Backlog);
        Assert.False(bind.PullMode);
        Assert.Equal(16 * 1024, bind.TcpSettings?.MaxFrameSizeBytes);
    }

    [Fact]
    public void A_bound_listener_tells_the_server_where()
    {
        var given = new IPEndPoint(IPAddress.Loopback, 50_000);
        _listener.Tell(new Tcp.Bound(given));
        Assert.Equal(new ListenerBound(given), _server.ExpectMsg<ListenerBound>());
    }

    // Akka.IO's actor hears of a client that connects at once before it hears that it is bound, and does not understand it.
    [Fact]
    public void What_the_socket_did_not_understand_before_it_was_bound_is_told_to_it_again()
    {
        _tcp.ExpectMsg<Tcp.Bind>();
        var socket = CreateTestProbe();
        var other = CreateTestProbe();
        Sys.EventStream.Publish(new UnhandledMessage("accepted", TestActor, socket.Ref));
        Sys.EventStream.Publish(new UnhandledMessage("not for a socket", TestActor, other.Ref));
        _listener.Tell(new Tcp.Bound(Address), socket.Ref);
        socket.ExpectMsg("accepted");
        Assert.Equal(TestActor, socket.Sender);
        _server.ExpectMsg<ListenerBound>();

        // Once it is bound it is none of our business any more.
        Sys.EventStream.Publish(new UnhandledMessage("unknown", TestActor, socket.Ref));
        AssertAlive(_listener);
        Assert.False(socket.HasMessages);
        Assert.False(other.HasMessages);
    }

    [Fact]
    public void A_listener_that_cannot_bind_tells_the_server_why()
    {
        var bind = _tcp.ExpectMsg<Tcp.Bind>();
        _listener.Tell(new Tcp.CommandFailed(bind).WithCause(new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.AddressAlreadyInUse)));
        var failed = _server.ExpectMsg<ListenerFailed>();
        Assert.Equal(Address, failed.Address);
        Assert.DoesNotContain('\n', failed.Reason);
        Assert.NotEmpty(failed.Reason);
    }

    [Fact]
    public void A_failure_without_a_cause_is_still_told()
    {
        _listener.Tell(new Tcp.CommandFailed(_tcp.ExpectMsg<Tcp.Bind>()));
        Assert.NotEmpty(_server.ExpectMsg<ListenerFailed>().Reason);
    }

    [Fact]
    public void Each_client_gets_a_connection_of_its_own()
    {
        var (socket, connection) = Connect();
        var (otherSocket, other) = Connect();
        Assert.NotEqual(connection, other);
        Assert.Equal(_listener.Path, connection.Path.Parent);
        Assert.False(socket.HasMessages);
        Assert.False(otherSocket.HasMessages);
    }

    // One that resets may come back from the same port before its first socket is ours alone.
    [Fact]
    public async Task Two_sockets_of_the_same_client_are_two_connections()
    {
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var (one, other) = (CreateTestProbe(), CreateTestProbe());
        foreach (var (akka, socket) in new[] { (one, first), (other, second) })
            _listener.Tell(new SocketTaken(Address, socket, IsOfReserve: false), akka.Ref);
        Release(one);
        AssertAlive(_listener);
        _listener.Tell(new Tcp.Connected(Address, Address), other.Ref);
        other.ExpectMsg<Tcp.Abort>();
        Assert.False(second.SafeHandle.IsClosed, "it is not ours alone yet");
        Release(other);

        // Neither is connected, so both connections find out and close them.
        await Until.TrueAsync(() => first.SafeHandle.IsClosed && second.SafeHandle.IsClosed, "both have been taken over");

        void Release(TestProbe akka)
        {
            Sys.Stop(akka.Ref);
            ExpectTerminated(Watch(akka.Ref));
        }
    }

    [Fact]
    public void A_connection_that_ends_costs_nobody_else()
    {
        var (_, connection) = Connect();
        var (socket, other) = Connect();
        connection.Tell(Tcp.Aborted.Instance);
        ExpectTerminated(Watch(connection));
        AssertAlive(other);
        Assert.False(socket.HasMessages);
    }

    [Fact]
    public void Draining_without_connections_unbinds_at_once_and_is_done_then()
    {
        var bound = Bind();
        _listener.Tell(Drain.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
        AssertAlive(_listener);
        Assert.False(_server.HasMessages);
        bound.Reply(Tcp.Unbound.Instance);
        _server.ExpectMsg<ListenerDrained>();
    }

    [Fact]
    public void Draining_unbinds_when_the_last_connection_is_gone_and_not_before()
    {
        var bound = Bind();
        var (socket, connection) = Connect();
        var (otherSocket, other) = Connect();
        DrainIdle();
        socket.ExpectMsg<Tcp.Close>();
        otherSocket.ExpectMsg<Tcp.Close>();
        connection.Tell(Tcp.Closed.Instance);
        ExpectTerminated(Watch(connection));
        AssertAlive(_listener);
        Assert.False(bound.HasMessages, "unbinding would reset the connection that is left");
        other.Tell(Tcp.Closed.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        _server.ExpectMsg<ListenerDrained>();
    }

    [Fact]
    public void A_draining_listener_refuses_new_clients_with_503()
    {
        var bound = Bind();
        Connect();
        _listener.Tell(Drain.Instance);
        var late = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), late.Ref);
        AssertRefused(late, "The server is shutting down.");
        Assert.False(bound.HasMessages, "unbinding would reset the connection that is left");
    }

    [Fact, Trait("RFC", "9110 §15.6.4")]
    public void A_listener_serves_as_many_connections_as_it_may_and_refuses_one_more()
    {
        var connections = Enumerable.Range(0, MostConnections).Select(_ => Connect()).ToList();
        var refused = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), refused.Ref);
        AssertRefused(refused, "The server has as many connections as it can serve.");

        // With one of them gone there is room for one more.
        connections[0].Connection.Tell(Tcp.Closed.Instance);
        ExpectTerminated(Watch(connections[0].Connection));
        Connect();
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        AssertRefused(next, "The server has as many connections as it can serve.");
    }

    [Fact]
    public void A_refused_client_that_does_not_close_is_reset_after_the_linger_time()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        var first = Refuse();
        Settle();
        Time.Advance(TimeSpan.FromSeconds(3));
        var second = Refuse();
        Settle();
        Time.Advance(TimeSpan.FromSeconds(2));
        first.ExpectMsg<Tcp.Abort>();
        Assert.False(second.HasMessages);
        Settle();
        Time.Advance(TimeSpan.FromSeconds(3));
        second.ExpectMsg<Tcp.Abort>();
    }

    [Fact]
    public void A_refused_client_that_ends_its_side_while_it_is_told_is_closed_again()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        var refused = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), refused.Ref);
        var handler = refused.ExpectMsg<Tcp.Register>().Handler;
        refused.ExpectMsg<Tcp.Write>();
        refused.ExpectMsg<Tcp.ConfirmedClose>();
        handler.Tell(Tcp.PeerClosed.Instance, refused.Ref);
        refused.ExpectMsg<Tcp.ConfirmedClose>();
    }

    [Fact]
    public void Past_the_refusals_that_may_linger_a_client_is_reset()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        var lingering = Enumerable.Range(0, MostRefusals).Select(_ => Refuse()).ToList();
        var reset = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), reset.Ref);
        reset.ExpectMsg<Tcp.Abort>();
        Assert.False(lingering.Exists(client => client.HasMessages));
    }

    [Fact]
    public void Refused_clients_are_reset_when_the_actor_that_refused_them_fails()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        var refused = Refuse();
        Sys.ActorSelection(_listener.Path / "refusals").Tell(Kill.Instance);
        refused.ExpectMsg<Tcp.Abort>();
        Refuse();
    }

    [Fact]
    public void Refused_clients_are_reset_when_the_actor_that_refused_them_stops()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        var refused = Refuse();
        Sys.ActorSelection(_listener.Path / "refusals").Tell(PoisonPill.Instance);
        refused.ExpectMsg<Tcp.Abort>();
    }

    [Fact]
    public void The_end_of_a_drain_resets_what_is_left_and_counts_it()
    {
        var bound = Bind();
        var (socket, connection) = Connect();
        connection.Tell(new Tcp.Received(ByteString.FromString("GET /unfinished")));
        _listener.Tell(Drain.Instance);
        _listener.Tell(EndDrain.Instance);
        socket.ExpectMsg<Tcp.Abort>();
        connection.Tell(Tcp.Aborted.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        Assert.Equal(new ListenerDrained(Aborted: 1), _server.ExpectMsg<ListenerDrained>());
    }

    [Fact]
    public void A_listener_that_fails_keeps_its_connections_and_does_not_bind_again()
    {
        var bound = Bind();
        var (socket, connection) = Connect();

        Fail();

        // Akka restarts the children of an actor that it restarts; a connection takes that as its own restart.
        socket.ExpectMsg<Tcp.ResumeReading>();
        AssertAlive(connection);
        Assert.False(_tcp.HasMessages);

        DrainIdle();
        socket.ExpectMsg<Tcp.Close>();
        connection.Tell(Tcp.Closed.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
        bound.Reply(Tcp.Unbound.Instance);
        _server.ExpectMsg<ListenerDrained>();
    }

    [Fact]
    public void A_listener_that_fails_while_it_drains_goes_on_draining()
    {
        var bound = Bind();
        var (socket, connection) = Connect();
        DrainIdle();
        socket.ExpectMsg<Tcp.Close>();
        Fail();
        var late = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), late.Ref);
        AssertRefused(late, "The server is shutting down.");
        connection.Tell(Tcp.Closed.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
    }

    private TestProbe Bind()
    {
        var bound = CreateTestProbe();
        _tcp.ExpectMsg<Tcp.Bind>();
        _listener.Tell(new Tcp.Bound(Address), bound.Ref);
        _server.ExpectMsg<ListenerBound>();
        return bound;
    }

    private VirtualTime Time => (VirtualTime)Sys.Scheduler;

    // By then nobody has been busy for long enough to have a request on its way.
    private void DrainIdle()
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        _listener.Tell(Drain.Instance);
    }

    private TestProbe Refuse()
    {
        var client = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), client.Ref);
        AssertRefused(client, "The server has as many connections as it can serve.");
        return client;
    }

    // Until the actor that refuses has done all that it does behind what its clients see, its timer last.
    private void Settle()
    {
        Sys.ActorSelection(_listener.Path / "refusals").Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    private static void AssertRefused(TestProbe client, string reason)
    {
        client.ExpectMsg<Tcp.Register>();
        var answer = client.ExpectMsg<Tcp.Write>().Data.ToString();
        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\nDate: ", answer);
        Assert.Contains("\r\nRetry-After: 2\r\n", answer);
        Assert.Contains($"\r\nContent-Length: {reason.Length + 1}\r\n", answer);
        Assert.EndsWith($"\r\nConnection: close\r\n\r\n{reason}\n", answer);
        client.ExpectMsg<Tcp.ConfirmedClose>();
        Assert.False(client.HasMessages);
    }

    private void Fail()
    {
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.ThrowOn<UnhandledMessage>();
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        _listener.Tell("stray");
        AssertAlive(_listener);
    }

    private (TestProbe Socket, IActorRef Connection) Connect()
    {
        var socket = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), socket.Ref);
        var connection = socket.ExpectMsg<Tcp.Register>().Handler;
        AssertAlive(connection);
        return (socket, connection);
    }

    private void AssertAlive(IActorRef actor)
    {
        actor.Tell(new Identify(null), TestActor);
        Assert.Equal(actor, ExpectMsg<ActorIdentity>().Subject);
    }
}
