using System.Net;
using System.Text;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;

namespace ActorHttp.Tests.Connections;

/// <summary>A client behind Akka.IO, whose actor a probe plays.</summary>
internal sealed class AkkaClient(TestKitBase test, TestProbe probe, EndPoint address) : ClientEnd
{
    private readonly StringBuilder _taken = new();
    private Queue<Tcp.Write>? _held;
    private IActorRef _handler = ActorRefs.Nobody;
    private ITransport _transport = null!;
    private IActorRef _connection = ActorRefs.Nobody;

    public override IActorRef Connect(IActorRef listener)
    {
        var others = ChildrenOf(listener);
        listener.Tell(new Tcp.Connected(address, address), probe.Ref);
        _handler = probe.ExpectMsg<Tcp.Register>().Handler;
        var connection = ChildrenOf(listener).Except(others).Single();
        connection.Ask<ActorIdentity>(new Identify(null), test.RemainingOrDefault).GetAwaiter().GetResult();
        _transport = StateOf(connection).Transport;
        return _connection = connection;
    }

    /// <summary>Akka.IO's actor says this.</summary>
    public void Tell(object message) => _handler.Tell(message, probe.Ref);

    public override void Send(byte[] bytes) => Tell(new Tcp.Received(ByteString.FromBytes(bytes)));

    public override string Read()
    {
        if (_taken.Length > 0)
        {
            var taken = _taken.ToString();
            _taken.Clear();
            return taken;
        }

        return Take(probe.ExpectMsg<Tcp.Write>());
    }

    public override void End() => Tell(Tcp.PeerClosed.Instance);

    public override void Close() => Tell(Tcp.ConfirmedClosed.Instance);

    public override void Reset() => Tell(new Tcp.ErrorClosed("reset by peer"));

    public override void StopTaking() => _held = new Queue<Tcp.Write>();

    public override void TakeAgain()
    {
        Hold();
        var held = _held!;
        _held = null;
        foreach (var write in held)
            _taken.Append(Take(write));
    }

    public override void Settle(Action passMailbox)
    {
        // Each part that has come is read behind a message of its own.
        do
            passMailbox();
        while (_transport is { HasUnread: true, IsClosed: false } && !IsSuspended(_connection));
    }

    public override void ExpectNothing()
    {
        Hold();
        Assert.False(probe.HasMessages, "the socket was told something");
        Assert.Equal(0, _taken.Length);
    }

    public override void ExpectReset()
    {
        Hold();
        probe.ExpectMsg<Tcp.Abort>();
    }

    public override void ExpectClose() => probe.ExpectMsg<Tcp.Close>();

    public override void ExpectLingeringClose() => probe.ExpectMsg<Tcp.ConfirmedClose>();

    public override void ExpectRestart() => probe.ExpectMsg<Tcp.ResumeReading>();

    public override void Dispose()
    {
    }

    // Akka.IO keeps a write until the kernel has taken it. The connection has one write under way, and no more.
    private void Hold()
    {
        while (_held is not null && probe.HasMessages && probe.PeekOne() is Tcp.Write)
        {
            _held.Enqueue(probe.ExpectMsg<Tcp.Write>());
            Assert.True(_held.Count == 1, "a second write was begun before the first was acknowledged");
        }
    }

    private string Take(Tcp.Write write)
    {
        // The connection gives the array back, and the array is used again, as soon as the write is acknowledged.
        var text = Encoding.Latin1.GetString(write.Data.ToArray());
        Tell(write.Ack);
        return text;
    }
}
