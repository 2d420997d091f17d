using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ActorHttp.Sockets;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>Sockets that the real Akka.IO accepts, with a probe for the listener.</summary>
public sealed class AcceptedSocketsTests : TestKit
{
    private readonly TestProbe _listener;
    private readonly IActorRef _listening;
    private readonly EndPoint _address;

    public AcceptedSocketsTests()
        : base(TestSystem.Config)
    {
        _listener = CreateTestProbe("listener");
        var tcp = Sys.Tcp();
        var accepted = new AcceptedSockets(_listener.Ref, tcp);
        tcp.Tell(new Tcp.Bind(accepted, new IPEndPoint(IPAddress.Loopback, 0), options: [accepted.Option]), _listener.Ref);
        _address = _listener.ExpectMsg<Tcp.Bound>(Patience).LocalAddress;
        _listening = _listener.Sender;
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(20);

    [LinuxFact]
    public void A_socket_that_is_taken_over_carries_bytes_both_ways()
    {
        using var client = Connect();
        using var descriptor = Take(client);
        client.Send("hello"u8);
        Assert.True(SpinWait.SpinUntil(() => descriptor.HasUnread, Patience), "nothing has come");
        var received = new byte[8];
        Assert.Equal(5, Epoll.Receive(descriptor.Number, received));
        Assert.Equal(2, Epoll.Send(descriptor.Number, "hi"u8));
        Assert.Equal(2, client.Receive(received));
    }

    // What Akka.IO's actor does at its own end, such as a reset, does not reach the connection.
    [LinuxFact]
    public void A_socket_that_is_taken_over_outlives_Akka_IOs_actor_and_ends_in_order()
    {
        using var client = Connect();
        var descriptor = Take(client);
        Assert.True(SpinWait.SpinUntil(() => !Children().Any(), Patience), "Akka.IO's actor of the socket is still there");
        client.Send("hello"u8);
        Assert.True(SpinWait.SpinUntil(() => descriptor.HasUnread, Patience), "nothing has come");
        Assert.Equal(5, Epoll.Receive(descriptor.Number, new byte[8]));
        descriptor.Dispose();
        Assert.Equal(0, client.Receive(new byte[1]));
    }

    // Else a descriptor that a handler's child process has inherited, or that somebody has forgotten, would keep the client waiting.
    [LinuxFact]
    public void A_socket_that_is_taken_over_has_one_descriptor()
    {
        var port = ((IPEndPoint)_address).Port;
        var before = OpenDescriptors.SocketsAt(port);
        using var client = Connect();
        using var descriptor = Take(client);
        Assert.Equal(before + 1, OpenDescriptors.SocketsAt(port));
    }

    [LinuxFact]
    public void Each_of_many_clients_at_once_is_handed_over_once()
    {
        const int Many = 64;
        var clients = new Socket[Many];
        Parallel.For(0, Many, i => clients[i] = Connect());
        var taken = Enumerable.Range(0, Many).Select(_ => _listener.ExpectMsg<SocketTaken>(Patience)).ToList();
        Assert.Equal(
            clients.Select(client => client.LocalEndPoint!.ToString()).Order(),
            taken.Select(one => one.Remote.ToString()).Order());
        Assert.Equal(Many, taken.Select(one => one.Descriptor!.Number).Distinct().Count());
        taken.ForEach(one => one.Descriptor!.Dispose());
        Array.ForEach(clients, client => client.Dispose());
    }

    [LinuxFact]
    public void A_client_that_has_reset_its_connection_does_not_stop_those_behind_it()
    {
        var gone = Connect();
        gone.LingerState = new LingerOption(true, 0);
        gone.Dispose();
        using var client = Connect();
        var remote = client.LocalEndPoint!.ToString();
        _listener.FishForMessage<SocketTaken>(taken =>
        {
            taken.Descriptor!.Dispose();
            return taken.Remote.ToString() == remote;
        }, Patience);
    }

    [LinuxFact]
    public void Akka_IO_stops_listening_when_the_listener_ends()
    {
        Watch(_listening);
        Sys.Stop(_listener.Ref);
        ExpectTerminated(_listening, Patience);
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => late.Connect(_address));
    }

    // The actors of single sockets end at once. To watch would cost the listener two system messages for each client.
    [LinuxFact]
    public void Only_Akka_IOs_listening_actor_watches_the_listener()
    {
        var listener = new Watched(_listener.Ref);
        var accepted = new AcceptedSockets(listener, Sys.Tcp());
        Sys.Tcp().Tell(new Tcp.Bind(accepted, new IPEndPoint(IPAddress.Loopback, 0), options: [accepted.Option]), _listener.Ref);
        var address = _listener.ExpectMsg<Tcp.Bound>(Patience).LocalAddress;
        var listening = _listener.Sender;
        using var client = Connect(address);
        using var descriptor = Take(client);
        Assert.Equal(listening, Assert.Single(listener.Watchers));
        Watch(listening).Tell(Tcp.Unbind.Instance, _listener.Ref);
        ExpectTerminated(listening, Patience);
        Assert.Empty(listener.Watchers);
    }

    [LinuxFact]
    public void What_else_Akka_IO_says_is_the_listeners()
    {
        var accepted = new AcceptedSockets(_listener.Ref, Sys.Tcp());
        accepted.Tell("something", TestActor);
        _listener.ExpectMsg("something", Patience);
        Assert.Equal(TestActor, _listener.Sender);
    }

    private IEnumerable<IActorRef> Children() => ((ActorRefWithCell)_listening).Children;

    private Socket Connect() => Connect(_address);

    private static Socket Connect(EndPoint address)
    {
        var client = new Socket(
            AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        client.Connect(address);
        return client;
    }

    private SocketDescriptor Take(Socket client)
    {
        var taken = _listener.ExpectMsg<SocketTaken>(Patience);
        Assert.Equal(client.LocalEndPoint, taken.Remote);
        Assert.False(taken.IsOfReserve);
        return taken.Descriptor!;
    }

    /// <summary>Knows who watches it, and hands messages on.</summary>
    private sealed class Watched(IActorRef listener) : MinimalActorRef
    {
        private readonly ConcurrentDictionary<IActorRef, bool> _watchers = new();

        public ICollection<IActorRef> Watchers => _watchers.Keys;

        public override ActorPath Path => listener.Path;

        public override IActorRefProvider Provider => ((IInternalActorRef)listener).Provider;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is Watch watch)
                _watchers[watch.Watcher] = true;
            else if (message is Unwatch unwatch)
                _watchers.TryRemove(unwatch.Watcher, out _);
        }

        protected override void TellInternal(object message, IActorRef sender) => listener.Tell(message, sender);
    }
}
