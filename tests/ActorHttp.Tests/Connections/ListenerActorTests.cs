using System.Net;
using ActorHttp.Connections;
using ActorHttp.Protocol;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Connections;

public sealed class ListenerActorTests : TestKit
{
    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 4221);

    private readonly TestProbe _tcp;
    private readonly TestProbe _server;
    private readonly IActorRef _listener;

    public ListenerActorTests()
        : base(TestSystem.Config)
    {
        _tcp = ConnectionKit.ReplaceTcp(this);
        _server = CreateTestProbe("server");
        var settings = ActorHttpSettings.From(Sys.Settings.Config);
        var context = new ServerContext(settings, CreateTestProbe("router").Ref, new DateField(TimeProvider.System));
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
        _listener.Tell(Drain.Instance);
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
    public void A_draining_listener_closes_new_clients_at_once()
    {
        var bound = Bind();
        Connect();
        _listener.Tell(Drain.Instance);
        var late = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), late.Ref);
        late.ExpectMsg<Tcp.Close>();
        Assert.False(late.HasMessages);
        Assert.False(bound.HasMessages, "unbinding would reset the connection that is left");
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

        _listener.Tell(Drain.Instance);
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
        _listener.Tell(Drain.Instance);
        socket.ExpectMsg<Tcp.Close>();
        Fail();
        var late = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), late.Ref);
        late.ExpectMsg<Tcp.Close>();
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
        return (socket, socket.ExpectMsg<Tcp.Register>().Handler);
    }

    private void AssertAlive(IActorRef actor)
    {
        actor.Tell(new Identify(null), TestActor);
        Assert.Equal(actor, ExpectMsg<ActorIdentity>().Subject);
    }
}
