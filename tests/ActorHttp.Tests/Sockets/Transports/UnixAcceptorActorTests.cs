using System.Net.Sockets;
using System.Runtime.Versioning;
using ActorHttp.Sockets;
using ActorHttp.Tests.Files;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>Real unix sockets, with a probe for the listener.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixAcceptorActorTests : TestKit
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly TemporaryDirectory _folder = new();
    private readonly TestProbe _listener;

    public UnixAcceptorActorTests()
        : base(TestSystem.Unserialized) => _listener = CreateTestProbe("listener");

    private static TimeSpan Patience => TimeSpan.FromSeconds(20);

    private string Path => _folder["server.sock"];

    [UnixFact]
    public void A_bound_socket_has_a_file_with_its_permissions()
    {
        Bind();
        Assert.Equal(Mode, File.GetUnixFileMode(Path));
    }

    [UnixFact]
    public void A_client_is_handed_over_with_a_socket_that_carries_bytes_both_ways()
    {
        Bind();
        using var client = Connect();
        using var descriptor = Take();
        client.Send("hello"u8);
        Assert.True(SpinWait.SpinUntil(() => descriptor.HasUnread, Patience), "nothing has come");
        var received = new byte[8];
        Assert.Equal(5, Epoll.Receive(descriptor.Number, received));
        Assert.Equal(2, Epoll.Send(descriptor.Number, "hi"u8));
        Assert.Equal(2, client.Receive(received));
        descriptor.Dispose();
        Assert.Equal(0, client.Receive(received));
    }

    // More than one message of the acceptor takes.
    [UnixFact]
    public void Each_of_many_clients_is_handed_over_once()
    {
        const int Many = 200;
        Bind();
        var clients = Enumerable.Range(0, Many).Select(_ => Connect()).ToList();
        var taken = Enumerable.Range(0, Many).Select(_ => _listener.ExpectMsg<SocketTaken>(Patience)).ToList();
        Assert.Equal(Many, taken.Select(one => one.Descriptor!.Number).Distinct().Count());
        taken.ForEach(one => one.Descriptor!.Dispose());
        clients.ForEach(client => client.Dispose());
    }

    [UnixFact]
    public void An_unbound_socket_has_no_file_and_takes_no_client()
    {
        var acceptor = Bind();
        _listener.Send(acceptor, Tcp.Unbind.Instance);
        _listener.ExpectMsg<Tcp.Unbound>(Patience);
        Assert.Empty(_folder.Entries);
        Assert.ThrowsAny<SocketException>(() => Connect().Dispose());
        ExpectTerminated(Watch(acceptor), Patience);
    }

    [UnixFact]
    public void A_stopped_acceptor_has_no_file()
    {
        var acceptor = Bind();
        Watch(acceptor);
        Sys.Stop(acceptor);
        ExpectTerminated(acceptor, Patience);
        Assert.Empty(_folder.Entries);
    }

    [UnixFact]
    public void A_file_that_has_taken_the_sockets_place_is_kept()
    {
        var acceptor = Bind();
        File.Delete(Path);
        _folder.Add("server.sock", "another one's");
        Watch(acceptor);
        Sys.Stop(acceptor);
        ExpectTerminated(acceptor, Patience);
        Assert.Equal("another one's", File.ReadAllText(Path));
    }

    [UnixFact]
    public void A_stale_socket_file_is_replaced()
    {
        LeaveStale();
        Bind();
        Connect().Dispose();
        Take().Dispose();
    }

    [UnixFact]
    public void A_socket_on_which_a_server_listens_is_left_alone()
    {
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(Path));
        other.Listen();
        Assert.Equal("another server listens on this socket", FailToBind("second"));
        Connect().Dispose();
    }

    // Its server is busy, and its backlog is full: a client would wait.
    [LinuxFact]
    public void A_socket_whose_backlog_is_full_is_left_alone()
    {
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(new UnixDomainSocketEndPoint(Path));
        busy.Listen(0);
        using var first = Connect();
        Assert.Equal("another server listens on this socket", FailToBind("second"));
    }

    [UnixFact]
    public void Another_kind_of_file_is_left_alone()
    {
        _folder.Add("server.sock", "some bytes");
        Assert.Equal("the file exists and is not a socket", FailToBind("over-a-file"));
        Assert.Equal("some bytes", File.ReadAllText(Path));
        File.Delete(Path);
        Directory.CreateDirectory(Path);
        Assert.Equal("the file exists and is not a socket", FailToBind("over-a-folder"));
        Directory.Delete(Path);
        File.CreateSymbolicLink(Path, _folder["nowhere"]);
        Assert.Equal("the file exists and is a symbolic link, not a socket", FailToBind("over-a-link"));
        Assert.Equal(["server.sock"], _folder.Entries);
    }

    [UnixFact]
    public void A_folder_that_does_not_exist_is_told()
    {
        Assert.Equal($"the folder {_folder["missing"]} does not exist", FailToBind("nowhere", _folder["missing/server.sock"]));
        Assert.Empty(_folder.Entries);
    }

    [UnixFact]
    public void An_acceptor_that_is_restarted_keeps_its_socket_and_accepts_on()
    {
        var acceptor = Bind();
        var hasThrown = false;
        var subscriber = new PoisonRef(CreateTestProbe().Ref);
        subscriber.RunBefore<UnhandledMessage>(() =>
        {
            hasThrown = true;
            throw new PoisonException();
        });
        Sys.EventStream.Subscribe(subscriber, typeof(UnhandledMessage));
        acceptor.Tell("stray");
        acceptor.Tell(new Identify(null), TestActor);
        Assert.Equal(acceptor, ExpectMsg<ActorIdentity>(Patience).Subject);
        Assert.True(hasThrown);
        Assert.True(File.Exists(Path));
        for (var i = 0; i < 3; i++)
        {
            using var client = Connect();
            Take().Dispose();
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _folder.Dispose();
    }

    private IActorRef Bind()
    {
        var acceptor = Start("acceptor", Path);
        _listener.Send(acceptor, new Tcp.Bind(_listener.Ref, new UnixDomainSocketEndPoint(Path), backlog: 300));
        Assert.Equal(Path, _listener.ExpectMsg<Tcp.Bound>(Patience).LocalAddress.ToString());
        Assert.Equal(acceptor, _listener.Sender);
        return acceptor;
    }

    private string FailToBind(string name, string? path = null)
    {
        var acceptor = Start(name, path ?? Path);
        _listener.Send(acceptor, new Tcp.Bind(_listener.Ref, new UnixDomainSocketEndPoint(path ?? Path)));
        var cause = _listener.ExpectMsg<Tcp.CommandFailed>(Patience).Cause.Value.Message;
        ExpectTerminated(Watch(acceptor), Patience);
        Assert.DoesNotContain('\n', cause);
        return cause;
    }

    private IActorRef Start(string name, string path) =>
        _listener.ChildActorOf(UnixAcceptorActor.Props(path, Mode), name, Akka.Actor.SupervisorStrategy.DefaultStrategy);

    private Socket Connect()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        client.Connect(new UnixDomainSocketEndPoint(Path));
        return client;
    }

    private SocketDescriptor Take() => _listener.ExpectMsg<SocketTaken>(Patience).Descriptor!;

    // What a server leaves that was killed. A Socket that is bound to the path itself would remove the file.
    private void LeaveStale()
    {
        var acceptor = new UnixListeningSocket(Path, Mode);
        acceptor.Listen(1, () => { });
        File.Move(Path, _folder["kept"]);
        acceptor.Dispose();
        File.Move(_folder["kept"], Path);
        Assert.True(File.Exists(Path));
    }
}
