using System.Text;
using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Server;
using ActorHttp.Settings;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Connections;

/// <summary>A client without a socket: its bytes are there at once, and what it is sent can be read at once.</summary>
internal sealed class ScriptedClient(TestKitBase test, ServerContext server) : ClientEnd
{
    private readonly CrashLog _crashes = new(test.Sys);
    private readonly ScriptedTransport _transport = new();
    private IActorRef _connection = ActorRefs.Nobody;
    private bool _isFinExpected;
    private bool _isResetExpected;
    private int _restarts;

    /// <summary>Stands in the listener's place: it has the listener's strategy.</summary>
    public static Props ParentProps(SupervisionSettings supervision) => Props.Create(typeof(Parent), supervision);

    public override IActorRef Connect(IActorRef listener)
    {
        var created = test.CreateTestProbe();
        listener.Tell(
            new Create(new ConnectionProps(new ConnectionState(_transport, server, state => new Http1Connection(state)))), created.Ref);
        _connection = created.ExpectMsg<IActorRef>();
        _connection.Ask<ActorIdentity>(new Identify(null), test.RemainingOrDefault).GetAwaiter().GetResult();
        return _connection;
    }

    public override void Send(byte[] bytes) => _transport.Receive(bytes);

    public override string Read()
    {
        byte[] sent = [];
        Assert.True(SpinWait.SpinUntil(() => (sent = _transport.TakeSent()).Length > 0, TimeSpan.FromSeconds(20)), "nothing was sent");
        return Encoding.Latin1.GetString(sent);
    }

    public override void End() => _transport.ReceiveFin();

    public override void Close() => _transport.ReceiveFin();

    public override void Reset() => _transport.ReceiveReset();

    public override void StopTaking() => _transport.SetFull(true);

    public override void TakeAgain() => _transport.SetFull(false);

    public override void Settle(Action passMailbox)
    {
        do
        {
            passMailbox();
        }
        while (!_transport.IsClosed
            && (_transport is { IsWaiting: true, IsReadable: true } || (_transport.HasUnread && !IsSuspended(_connection))));
    }

    public override void ExpectNothing()
    {
        Assert.Empty(_transport.TakeSent());
        Assert.Equal((_isFinExpected, _isResetExpected), (_transport.HasSentFin, _transport.IsReset));
    }

    public override void ExpectReset()
    {
        Assert.True(SpinWait.SpinUntil(() => _transport.IsReset, TimeSpan.FromSeconds(20)), "the client is reset");
        Assert.True(_transport.IsClosed);
        _isResetExpected = true;
    }

    public override void ExpectClose()
    {
        ExpectFin();
        Assert.True(_transport.IsClosed, "the server has closed its socket");
    }

    public override void ExpectLingeringClose()
    {
        ExpectFin();
        Assert.False(_transport.IsClosed, "the server reads on");
    }

    public override void ExpectRestart()
    {
        Assert.True(
            SpinWait.SpinUntil(() => _crashes.CrashesOf(_connection) > _restarts, TimeSpan.FromSeconds(20)),
            "the actor of the connection throws");
        _restarts++;
        Assert.Equal(_restarts, _crashes.CrashesOf(_connection));
    }

    public override void Dispose()
    {
    }

    private void ExpectFin()
    {
        Assert.Empty(_transport.TakeSent());
        Assert.True(_transport.HasSentFin, "the server has sent FIN");
        Assert.False(_transport.IsReset, "the server has reset the connection");
        _isFinExpected = true;
    }

    private sealed class Parent(SupervisionSettings supervision) : UntypedActor
    {
        protected override SupervisorStrategy SupervisorStrategy() => ListenerActor.StrategyOf(supervision);

        protected override void OnReceive(object message)
        {
            if (message is Create create)
                Sender.Tell(Context.ActorOf(create.Props));
        }
    }

    private sealed record Create(Props Props) : INoSerializationVerificationNeeded;
}
