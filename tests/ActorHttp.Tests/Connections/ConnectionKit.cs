using System.Net;
using System.Reflection;
using System.Text;
using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Messages;
using ActorHttp.Server;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// One connection and its client, over any of the transports. Over Akka.IO there is no socket: <see cref="Transport"/> plays
/// Akka.IO's actor. <see cref="Router"/> plays the router. The connection is a child of a real listener, so that it lives
/// under the listener's restart strategy.
/// </summary>
internal sealed class ConnectionKit : IDisposable
{
    public const string DateLine = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

    public static readonly IPEndPoint Address = new(IPAddress.Loopback, 80);

    private readonly TestKitBase _test;
    private readonly TestProbe _barrier;
    private readonly TransportKind _kind;
    private readonly ClientEnd _client;

    public ConnectionKit(
        TestKitBase test, string settings = "", Func<IActorRef, IActorRef>? router = null, TransportKind transport = TransportKind.Akka)
    {
        _test = test;
        _barrier = test.CreateTestProbe("barrier");
        Transport = test.CreateTestProbe("transport");
        Router = test.CreateTestProbe("router");
        Manager = ReplaceTcp(test);
        Settings = ActorHttpSettings.From(ConfigurationFactory.ParseString(settings).WithFallback(test.Sys.Settings.Config));
        var reactors = transport == TransportKind.Epoll
            ? new ReactorPool(1, TimeSpan.Zero, TimeSpan.FromDays(1), test.Sys.Log)
            : ReactorPool.None;
        Server = new ServerContext(Settings, router?.Invoke(Router.Ref) ?? Router.Ref, new DateField(StoppedClock.Instance), reactors);
        var listener = transport == TransportKind.Scripted
            ? ScriptedClient.ParentProps(Settings.Supervision)
            : ListenerActor.Props(Address, Server);
        Listener = test.Sys.ActorOf(listener, "listener");
        _kind = transport;
        _client = CreateClient();
        Connection = _client.Connect(Listener);
        _test.Watch(Connection);
        test.Sys.WhenTerminated.ContinueWith(_ => Dispose(), TaskScheduler.Default);
    }

    /// <summary>Akka.IO's actor of the socket, where there is one.</summary>
    public TestProbe Transport { get; }

    public bool IsOverAkka => _client is AkkaClient;

    public TestProbe Router { get; }

    public TestProbe Manager { get; }

    public ActorHttpSettings Settings { get; }

    public ServerContext Server { get; }

    public IActorRef Listener { get; }

    public IActorRef Connection { get; }

    public VirtualTime Time => (VirtualTime)_test.Sys.Scheduler;

    /// <summary>How many bytes the connection has read and not used.</summary>
    public int Held => ((Http1Connection)ClientEnd.StateOf(Connection).Protocol).Input.Window.Bytes.Count;

    /// <summary>Puts a probe in the place of Akka.IO's manager, so that nothing opens a socket.</summary>
    public static TestProbe ReplaceTcp(TestKitBase test)
    {
        var manager = test.CreateTestProbe("tcp");
        typeof(TcpExt).GetField("<Manager>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!
            .SetValue(test.Sys.WithExtension<TcpExt, Tcp>(), manager.Ref);
        return manager;
    }

    /// <summary>A second client of the same listener.</summary>
    public ClientEnd ConnectAnother()
    {
        var another = CreateClient();
        another.Connect(Listener);
        return another;
    }

    /// <summary>The client sends this.</summary>
    public void Send(string bytes) => _client.Send(bytes);

    /// <summary>The client has said all, and reads on.</summary>
    public void EndClient() => _client.End();

    /// <summary>The client leaves without a goodbye.</summary>
    public void ResetClient() => _client.Reset();

    /// <summary>From now on the socket takes nothing that the connection writes.</summary>
    public void StopTaking() => _client.StopTaking();

    /// <summary>The socket has taken what waited for it, and takes what comes.</summary>
    public void TakeAgain() => _client.TakeAgain();

    public HttpRequest ExpectRequest() => Router.ExpectMsg<HttpRequest>();

    public HttpRequest ExpectRequest(string path)
    {
        var request = ExpectRequest();
        Assert.Equal(path, request.Target.Path);
        return request;
    }

    /// <summary>The client sends this, which is the head of a request.</summary>
    public HttpRequest Ask(string bytes)
    {
        Send(bytes);
        return ExpectRequest();
    }

    /// <summary>The connection lives: it takes a request that comes now.</summary>
    public void ExpectRequestAfter(string bytes) => Assert.Equal("/next", Ask(bytes).Target.Path);

    /// <summary>A handler answers.</summary>
    public void Answer(HttpRequest request, string text, int status = 200) => Tell(HttpResponse.Text(request.Exchange, status, text));

    /// <summary>A handler answers with a body that this probe is the source of.</summary>
    public TestProbe AnswerStreamed(HttpRequest request, long? length = null, params ReadOnlySpan<(string, string)> headers)
    {
        var source = _test.CreateTestProbe();
        Tell(new HttpResponse(request.Exchange, 200, HttpHeaders.Of(headers), ResponseBody.From(source.Ref, length)));
        return source;
    }

    public TestProbe Pull(HttpRequest request)
    {
        var reader = _test.CreateTestProbe();
        Pull(request, reader);
        return reader;
    }

    public void Pull(HttpRequest request, TestProbe reader) => Connection.Tell(new PullBody(request.Exchange), reader.Ref);

    public void Tell(object message) => Connection.Tell(message, ActorRefs.NoSender);

    /// <summary>Akka.IO's actor says this.</summary>
    public void TellTransport(object message) => ((AkkaClient)_client).Tell(message);

    /// <summary>What the client gets, one write at least: as text.</summary>
    public string ExpectWrite()
    {
        Settle();
        return _client.Read();
    }

    /// <summary>The client gets exactly this, in as many writes as it takes.</summary>
    public void ExpectWritten(string expected)
    {
        var written = new StringBuilder();
        while (written.Length < expected.Length && expected.StartsWith(written.ToString(), StringComparison.Ordinal))
            written.Append(ExpectWrite());
        Assert.Equal(expected, written.ToString());
    }

    public void ExpectReset()
    {
        Settle();
        _client.ExpectReset();
    }

    /// <summary>Says goodbye without waiting for the client, for nothing of it can be unread.</summary>
    public void ExpectClose()
    {
        Settle();
        _client.ExpectClose();
    }

    /// <summary>Says goodbye and reads on until the client has seen it.</summary>
    public void ExpectLingeringClose()
    {
        Settle();
        _client.ExpectLingeringClose();
    }

    /// <summary>The actor of the connection has thrown and been restarted.</summary>
    public void ExpectRestart()
    {
        _client.ExpectRestart();
        Settle();
    }

    /// <summary>The socket is closed or reset; over Akka.IO its actor says so. The connection goes too.</summary>
    public void ExpectStopAfterEnd()
    {
        if (_client is AkkaClient akka)
            akka.Tell(Tcp.Closed.Instance);
        ExpectStop();
    }

    /// <summary>The client closes behind the server's goodbye, and the connection goes.</summary>
    public void ExpectStopAfterClientCloses()
    {
        _client.Close();
        ExpectStop();
    }

    /// <summary>The client resets, and the connection goes.</summary>
    public void ExpectStopAfterReset()
    {
        _client.Reset();
        ExpectStop();
    }

    public void ExpectStop() => _test.ExpectTerminated(Connection);

    /// <summary>Waits until the connection has done all that it was told, and what it told itself while it did.</summary>
    public void Settle() => _client.Settle(PassMailbox);

    /// <summary>The same, and its head is on the wire: an empty first part sends it at once.</summary>
    public TestProbe AnswerBegun(HttpRequest request, long? length = null)
    {
        var source = AnswerStreamed(request, length);
        source.ExpectMsg<PullBody>();
        Tell(new BodyChunk(request.Exchange, ReadOnlyMemory<byte>.Empty));
        ExpectWritten(Raw("200 OK", "", length is null ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {length}\r\n"));
        return source;
    }

    /// <summary>The connection finds all of these in its mailbox at once.</summary>
    public void TellTogether(params ReadOnlySpan<object> messages) => TellTogetherAs(ActorRefs.NoSender, messages);

    /// <summary>The same, from this sender.</summary>
    public void TellTogetherAs(IActorRef? sender, params ReadOnlySpan<object> messages)
    {
        var connection = (IInternalActorRef)Connection;
        connection.Suspend();
        foreach (var message in messages)
            Connection.Tell(message, sender!);
        connection.Resume(null);
    }

    /// <summary>Nothing has been said to the socket or the router that was not expected.</summary>
    public void ExpectNothing()
    {
        Settle();
        _client.ExpectNothing();
        Assert.False(Router.HasMessages, "the router was told something");
    }

    /// <summary>Time passes.</summary>
    public void Advance(double seconds)
    {
        Settle();
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Settle();
    }

    /// <summary>The bytes of an answer in text/plain.</summary>
    public static string Text(string status, string body, string connection = "") =>
        Raw(status, "Content-Type: text/plain\r\n", $"Content-Length: {body.Length}\r\n{connection}", body);

    /// <summary>The bytes of an answer, with Date between the status line and the fields.</summary>
    public static string Raw(string status, string fields, string framing = "", string body = "") =>
        $"HTTP/1.1 {status}\r\n{DateLine}{fields}{framing}\r\n{body}";

    public static string Get(string path, string fields = "") => $"GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n";

    public static string Post(string path, string fields, string body = "") => $"POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}";

    public void Dispose()
    {
        _client.Dispose();
        Server.Reactors.Dispose();
    }

    private ClientEnd CreateClient() => _kind switch
    {
        TransportKind.Scripted => new ScriptedClient(_test, Server),
        TransportKind.Akka => new AkkaClient(_test, Transport, Address),
        _ => new SocketClient(_test),
    };

    private void PassMailbox()
    {
        for (var i = 0; i < 2; i++)
        {
            Connection.Tell(new Identify(i), _barrier.Ref);
            var answer = _barrier.FishForMessage(
                message => message is ActorIdentity { MessageId: int id } && id == i, TimeSpan.FromSeconds(20));
            if (((ActorIdentity)answer).Subject is null)
                return;
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public static readonly StoppedClock Instance = new();

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
