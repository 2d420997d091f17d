using System.Net;
using System.Net.Sockets;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using ActorHttp.Tests.Connections;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Server;

public sealed class ListenerActorTests : TestKit
{
    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 4221);

    private readonly Dictionary<IActorRef, IActorRef> _handlers = [];

    private const int MostConnections = 3;
    private const int MostRefusals = 2;

    private readonly TestProbe _tcp;
    private readonly TestProbe _server;
    private readonly TestProbe _router;
    private readonly ServerContext _context;
    private IActorRef _listener;

    public ListenerActorTests()
        : base(TestSystem.Config)
    {
        _tcp = ConnectionKit.ReplaceTcp(this);
        _server = CreateTestProbe("server");
        var limits = $"actor-http.limits {{ connections = {MostConnections}, refusals = {MostRefusals}, retry-after = 1500ms }}";
        var settings = ActorHttpSettings.From(ConfigurationFactory.ParseString(limits).WithFallback(Sys.Settings.Config));
        _router = CreateTestProbe("router");
        _context = new ServerContext(settings, _router.Ref, new DateField(TimeProvider.System), ReactorPool.None);
        _listener = Start("listener-ipv4");
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
        _listener.Tell(
            new Tcp.CommandFailed(bind).WithCause(
                new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.AddressAlreadyInUse)));
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

    // A client that resets its connection may come back from the same port at once.
    [Fact]
    public async Task Two_sockets_of_the_same_client_are_two_connections()
    {
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        HandOver(first);
        HandOver(second);

        // Neither is connected, so both connections find out and close them.
        await Until.TrueAsync(() => first.SafeHandle.IsClosed && second.SafeHandle.IsClosed, "both have been taken over");
    }

    [Fact]
    public void A_client_for_whom_no_descriptor_was_left_is_no_connection()
    {
        _listener.Tell(new SocketTaken(Address, Descriptor: null, IsOfReserve: true));
        AssertAlive(_listener);
        Assert.Empty(ClientEnd.ChildrenOf(_listener));
    }

    // What makes the hand-over fail here is a descriptor that is no socket any more.
    [Fact]
    public async Task A_socket_that_cannot_be_handed_over_is_closed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (var file = File.OpenHandle("/dev/null"))
            Assert.NotEqual(-1, dup2((int)file.DangerousGetHandle(), (int)socket.Handle));
        HandOver(socket);
        await Until.TrueAsync(() => socket.SafeHandle.IsClosed, "the socket is closed");
        AssertAlive(_listener);
    }

    // Four of them, where two may linger: each has gone when the next one comes.
    [Fact]
    public async Task A_refused_client_that_has_closed_counts_no_more()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        for (var i = 0; i < 2 * MostRefusals; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
            client.Connect(listening.LocalEndPoint!);
            var server = listening.Accept();
            server.Blocking = false;
            HandOver(server);
            var answer = new byte[1024];
            Assert.StartsWith("HTTP/1.1 503 ", System.Text.Encoding.ASCII.GetString(answer, 0, client.Receive(answer)));
            client.Dispose();
            await Until.TrueAsync(() => server.SafeHandle.IsClosed, "the server has closed its side");
            Settle();
        }
    }

    [Fact]
    public void A_client_that_still_waits_for_room_is_reset_when_the_listener_stops()
    {
        ConnectOneASecond();
        var waiting = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), waiting.Ref);
        AssertAlive(_listener);
        Assert.False(waiting.HasMessages);
        Sys.Stop(_listener);
        waiting.ExpectMsg<Tcp.Abort>();
    }

    [Fact]
    public void A_connection_that_ends_costs_nobody_else()
    {
        var (_, connection) = Connect();
        var (socket, other) = Connect();
        Say(connection, Tcp.Aborted.Instance);
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
        Say(connection, Tcp.Closed.Instance);
        ExpectTerminated(Watch(connection));
        AssertAlive(_listener);
        Assert.False(bound.HasMessages, "unbinding would reset the connection that is left");
        Say(other, Tcp.Closed.Instance);
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
        Say(connections[0].Connection, Tcp.Closed.Instance);
        ExpectTerminated(Watch(connections[0].Connection));
        Connect();
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        AssertRefused(next, "The server has as many connections as it can serve.");
    }

    [Fact]
    public void A_refused_client_that_does_not_close_is_reset_after_the_linger_time()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => ConnectBusy());
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
        Settle();

        // One millisecond less than drain-grace.
        Time.Advance(TimeSpan.FromMilliseconds(249));
        var reset = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), reset.Ref);
        reset.ExpectMsg<Tcp.Abort>();
        Assert.False(lingering.Exists(client => client.HasMessages));
    }

    [Fact]
    public void The_client_that_was_refused_first_makes_room_for_the_next_when_it_has_had_time_to_read()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => ConnectBusy());
        var lingering = Enumerable.Range(0, MostRefusals).Select(_ => Refuse()).ToList();
        Settle();
        Time.Advance(TimeSpan.FromMilliseconds(250));
        var next = Refuse();
        lingering[0].ExpectMsg<Tcp.Abort>();
        Assert.False(lingering[1].HasMessages);

        // The others keep their own time.
        Settle();
        Time.Advance(TimeSpan.FromMilliseconds(4750));
        lingering[1].ExpectMsg<Tcp.Abort>();
        Assert.False(next.HasMessages);
        Settle();
        Time.Advance(TimeSpan.FromMilliseconds(250));
        next.ExpectMsg<Tcp.Abort>();
    }

    [Fact]
    public void When_there_is_no_room_the_connection_that_has_been_idle_for_longest_makes_room()
    {
        var connections = ConnectOneASecond();
        var next = CreateTestProbe();
        foreach (var (socket, connection) in connections)
        {
            _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
            socket.ExpectMsg<Tcp.Close>();
            AssertAlive(_listener);
            Assert.False(next.HasMessages, "the limit holds until the idle one is gone");
            Say(connection, Tcp.Closed.Instance);
            next.ExpectMsg<Tcp.Register>();
        }
    }

    [Fact]
    public void A_connection_is_idle_from_its_last_answer_on()
    {
        // In the order of their last use, which is not the order in which they came.
        var connections = ConnectOneASecond();
        var (socket, connection) = connections[0];
        Say(connection, new Tcp.Received(ByteString.FromString("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
        connection.Tell(HttpResponse.Text(_router.ExpectMsg<HttpRequest>().Exchange, 200, "x"));
        Say(connection, socket.ExpectMsg<Tcp.Write>().Ack);
        AssertAlive(connection);
        Time.Advance(TimeSpan.FromSeconds(1));
        var next = CreateTestProbe();
        foreach (var spare in connections.Skip(1).Append(connections[0]))
        {
            _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
            spare.Socket.ExpectMsg<Tcp.Close>();
            Say(spare.Connection, Tcp.Closed.Instance);
            next.ExpectMsg<Tcp.Register>();
        }
    }

    [Fact]
    public void A_connection_that_has_begun_a_request_makes_no_room()
    {
        var connections = ConnectOneASecond();
        Say(connections[0].Connection, new Tcp.Received(ByteString.FromString("G")));
        AssertAlive(connections[0].Connection);
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        connections[1].Socket.ExpectMsg<Tcp.Close>();
        Assert.False(connections[0].Socket.HasMessages);
    }

    [Fact]
    public void A_connection_that_was_busy_a_moment_ago_makes_no_room()
    {
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => Connect());
        Time.Advance(TimeSpan.FromMilliseconds(249));
        Refuse();
    }

    // The listener has found it idle, and the request is in its mailbox before the order.
    [Fact]
    public void A_connection_to_which_a_request_has_come_meanwhile_leaves_it_to_the_next()
    {
        var connections = ConnectOneASecond();
        var first = (IInternalActorRef)connections[0].Connection;
        first.Suspend();
        Say(first, new Tcp.Received(ByteString.FromString("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        AssertAlive(_listener);
        first.Resume(null);
        connections[1].Socket.ExpectMsg<Tcp.Close>();
        Say(connections[1].Connection, Tcp.Closed.Instance);
        next.ExpectMsg<Tcp.Register>();
        Assert.False(connections[0].Socket.HasMessages);
    }

    [Fact]
    public void A_client_for_which_no_room_could_be_made_is_refused()
    {
        var connections = ConnectOneASecond();
        foreach (var (_, connection) in connections)
        {
            ((IInternalActorRef)connection).Suspend();
            Say(connection, new Tcp.Received(ByteString.FromString("G")));
        }

        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        AssertAlive(_listener);
        foreach (var (_, connection) in connections)
            ((IInternalActorRef)connection).Resume(null);
        AssertRefused(next, "The server has as many connections as it can serve.");
    }

    [Fact]
    public void A_client_does_not_wait_for_long_for_an_idle_connection_to_go()
    {
        var connections = ConnectOneASecond();
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        connections[0].Socket.ExpectMsg<Tcp.Close>();
        AssertAlive(_listener);
        Time.Advance(TimeSpan.FromSeconds(1));
        AssertRefused(next, "The server has as many connections as it can serve.");

        // The place that comes free then is the next client's.
        Say(connections[0].Connection, Tcp.Closed.Instance);
        ExpectTerminated(Watch(connections[0].Connection));
        Connect();
    }

    [Fact]
    public void A_client_that_waits_for_room_is_refused_when_the_server_drains()
    {
        var connections = ConnectOneASecond();
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        connections[0].Socket.ExpectMsg<Tcp.Close>();
        _listener.Tell(Drain.Instance);
        AssertRefused(next, "The server is shutting down.");
    }

    [Fact]
    public void A_listener_that_fails_forgets_neither_who_waits_nor_who_is_idle()
    {
        Bind();
        var connections = ConnectOneASecond();
        var waiting = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), waiting.Ref);
        connections[0].Socket.ExpectMsg<Tcp.Close>();
        Fail();
        Say(connections[0].Connection, Tcp.Closed.Instance);
        waiting.ExpectMsg<Tcp.Register>();
        connections[1].Socket.ExpectMsg<Tcp.ResumeReading>();
        Time.Advance(TimeSpan.FromSeconds(1));
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        AssertAlive(_listener);
        Assert.False(next.HasMessages, "it waits for room");
    }

    [Fact]
    public void A_full_listener_says_so_once_a_minute_however_many_clients_come()
    {
        Sys.EventStream.SetLogLevel(LogLevel.WarningLevel);
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        _listener = Start("listener-with-log");
        Enumerable.Range(0, MostConnections).ToList().ForEach(_ => ConnectBusy());
        for (var i = 0; i < 5; i++)
        {
            Reject();
            if (i == 0)
                Assert.Contains(" 0 idle ones were closed for new clients, and 1 new clients", ExpectMsg<Warning>().Message.ToString());
        }

        ExpectNoWarning();

        // Those that were connected have been refused meanwhile, and wait for their sockets to end.
        Time.Advance(TimeSpan.FromSeconds(60));
        ExpectNoWarning();
        Reject();
        Assert.Contains(", and 5 new clients were refused", ExpectMsg<Warning>().Message.ToString());
        ExpectNoWarning();

        void ExpectNoWarning()
        {
            AssertAlive(_listener);
            Assert.False(HasMessages);
        }

        void Reject()
        {
            var client = CreateTestProbe();
            _listener.Tell(new Tcp.Connected(Address, Address), client.Ref);
            client.FishForMessage(message => message is Tcp.CloseCommand);
        }
    }

    [Fact]
    public void A_connection_that_lingers_for_longer_than_a_silent_client_may_makes_room()
    {
        var connections = Enumerable.Range(0, MostConnections).Select(_ => ConnectBusy()).ToList();
        var (socket, connection) = connections[0];
        Say(connection, new Tcp.Received(ByteString.FromString("  nonsense\r\n\r\n")));
        var write = socket.ExpectMsg<Tcp.Write>();
        Say(connection, write.Ack);
        socket.ExpectMsg<Tcp.ConfirmedClose>();
        for (var second = 0; second < 6; second += 3)
        {
            AssertAlive(connection);
            Time.Advance(TimeSpan.FromSeconds(3));
            Say(connection, new Tcp.Received(ByteString.FromString("more")));
        }

        AssertAlive(connection);
        var next = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), next.Ref);
        socket.ExpectMsg<Tcp.Abort>();
        Say(connection, Tcp.Aborted.Instance);
        next.ExpectMsg<Tcp.Register>();
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
        Say(connection, new Tcp.Received(ByteString.FromString("GET /unfinished")));
        _listener.Tell(Drain.Instance);
        _listener.Tell(EndDrain.Instance);
        socket.ExpectMsg<Tcp.Abort>();
        Say(connection, Tcp.Aborted.Instance);
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
        Say(connection, Tcp.Closed.Instance);
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
        Say(connection, Tcp.Closed.Instance);
        bound.ExpectMsg<Tcp.Unbind>();
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    private static extern int dup2(int from, int to);

    private void HandOver(Socket socket) => _listener.Tell(new SocketTaken(Address, new SocketOf(socket), IsOfReserve: false));

    private IActorRef Start(string name) =>
        _server.ChildActorOf(ListenerActor.Props(Address, _context), name, Akka.Actor.SupervisorStrategy.DefaultStrategy);

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
        var others = ClientEnd.ChildrenOf(_listener);
        var socket = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(Address, Address), socket.Ref);
        var handler = socket.ExpectMsg<Tcp.Register>().Handler;
        var connection = ClientEnd.ChildrenOf(_listener).Except(others).Single();
        _handlers[connection] = handler;
        AssertAlive(connection);
        return (socket, connection);
    }

    // Akka.IO's actor of the connection's socket says this.
    private void Say(IActorRef connection, object message) => _handlers[connection].Tell(message);

    // As many as are served, the first of them idle for longest.
    private List<(TestProbe Socket, IActorRef Connection)> ConnectOneASecond()
    {
        var connections = new List<(TestProbe, IActorRef)>();
        for (var i = 0; i < MostConnections; i++)
        {
            connections.Add(Connect());
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        return connections;
    }

    // A connection that has begun to send a request.
    private (TestProbe Socket, IActorRef Connection) ConnectBusy()
    {
        var (socket, connection) = Connect();
        Say(connection, new Tcp.Received(ByteString.FromString("G")));
        AssertAlive(connection);
        return (socket, connection);
    }

    private void AssertAlive(IActorRef actor)
    {
        actor.Tell(new Identify(null), TestActor);
        Assert.Equal(actor, ExpectMsg<ActorIdentity>().Subject);
    }
}
