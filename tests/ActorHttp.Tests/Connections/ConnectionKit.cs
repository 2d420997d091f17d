using System.Net;
using System.Reflection;
using System.Text;
using ActorHttp.Connections;
using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// One connection without a socket. <see cref="Transport"/> plays Akka.IO's side of it, <see cref="Router"/> the router;
/// the connection itself is a child of a real listener, whose restart strategy it therefore lives under.
/// </summary>
internal sealed class ConnectionKit
{
    public const string DateLine = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 80);

    private readonly TestKitBase _test;
    private readonly TestProbe _barrier;
    private Tcp.Event? _unacknowledged;

    public ConnectionKit(TestKitBase test, string settings = "", Func<IActorRef, IActorRef>? router = null)
    {
        _test = test;
        _barrier = test.CreateTestProbe("barrier");
        Transport = test.CreateTestProbe("transport");
        Router = test.CreateTestProbe("router");
        Manager = ReplaceTcp(test);
        Settings = ActorHttpSettings.From(ConfigurationFactory.ParseString(settings).WithFallback(test.Sys.Settings.Config));
        Server = new ServerContext(Settings, router?.Invoke(Router.Ref) ?? Router.Ref, new DateField(StoppedClock.Instance), ReactorPool.None);
        Listener = test.Sys.ActorOf(ListenerActor.Props(Address, Server), "listener");
        Listener.Tell(new Tcp.Connected(Address, Address), Transport.Ref);
        Registration = Transport.ExpectMsg<Tcp.Register>();
        Connection = Registration.Handler;
        _test.Watch(Connection);
    }

    public TestProbe Transport { get; }

    public TestProbe Router { get; }

    public TestProbe Manager { get; }

    public ActorHttpSettings Settings { get; }

    public ServerContext Server { get; }

    public IActorRef Listener { get; }

    public Tcp.Register Registration { get; }

    public IActorRef Connection { get; }

    /// <summary>Whether <see cref="ExpectWrite"/> acknowledges what it takes.</summary>
    public bool Acknowledges { get; set; } = true;

    public VirtualTime Time => (VirtualTime)_test.Sys.Scheduler;

    /// <summary>Puts a probe in the place of Akka.IO's manager, so that nothing opens a socket.</summary>
    public static TestProbe ReplaceTcp(TestKitBase test)
    {
        var manager = test.CreateTestProbe("tcp");
        typeof(TcpExt).GetField("<Manager>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!
            .SetValue(test.Sys.WithExtension<TcpExt, Tcp>(), manager.Ref);
        return manager;
    }

    /// <summary>The client sends this.</summary>
    public void Send(string bytes) => Connection.Tell(new Tcp.Received(ByteString.FromBytes(Encoding.Latin1.GetBytes(bytes))));

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

    /// <summary>One write to the socket, as text.</summary>
    public string ExpectWrite()
    {
        var write = Transport.ExpectMsg<Tcp.Write>();
        var text = Encoding.Latin1.GetString(write.Data.ToArray());
        _unacknowledged = write.Ack;
        if (Acknowledges)
            Acknowledge();
        return text;
    }

    /// <summary>The client gets exactly this, in as many writes as it takes.</summary>
    public void ExpectWritten(string expected)
    {
        var written = new StringBuilder();
        while (written.Length < expected.Length && expected.StartsWith(written.ToString(), StringComparison.Ordinal))
            written.Append(ExpectWrite());
        Assert.Equal(expected, written.ToString());
    }

    /// <summary>The socket has taken the last write.</summary>
    public void Acknowledge() => Tell(_unacknowledged!);

    public void ExpectReset() => Transport.ExpectMsg<Tcp.Abort>();

    /// <summary>Says goodbye without waiting for the client, for nothing of it can be unread.</summary>
    public void ExpectClose() => Transport.ExpectMsg<Tcp.Close>();

    /// <summary>Says goodbye and reads on until the client has seen it.</summary>
    public void ExpectLingeringClose() => Transport.ExpectMsg<Tcp.ConfirmedClose>();

    /// <summary>Akka.IO says that the socket is gone; the connection goes too.</summary>
    public void ExpectStopAfter(Tcp.ConnectionClosed closed)
    {
        Tell(closed);
        ExpectStop();
    }

    public void ExpectStop() => _test.ExpectTerminated(Connection);

    /// <summary>Waits until the connection has done all that it was told, and what it told itself while it did.</summary>
    public void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            Connection.Tell(new Identify(i), _barrier.Ref);
            Assert.Equal(Connection, _barrier.ExpectMsg<ActorIdentity>().Subject);
        }
    }

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
    public void TellTogether(params ReadOnlySpan<object> messages)
    {
        var connection = (IInternalActorRef)Connection;
        connection.Suspend();
        foreach (var message in messages)
            Tell(message);
        connection.Resume(null);
    }

    /// <summary>Nothing has been said to the socket or the router that was not expected.</summary>
    public void ExpectNothing()
    {
        Settle();
        Assert.False(Transport.HasMessages, "the socket was told something");
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

    private sealed class StoppedClock : TimeProvider
    {
        public static readonly StoppedClock Instance = new();

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
