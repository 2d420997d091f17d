using Akka.Actor;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>Akka.IO's word that our one write is sent.</summary>
internal sealed class WriteAck : Tcp.Event
{
    public static readonly WriteAck Instance = new();
}

/// <summary>A socket that Akka.IO's own actor holds.</summary>
internal sealed class AkkaTransport(IActorRef connection, int frameSize) : ITransport
{
    private IActorRef _owner = ActorRefs.Nobody;

    public IActorRef Connection => connection;

    public int Unacknowledged => 0;

    public bool HasUnread => false;

    // keepOpenOnPeerClosed: a client that has said all (nc -N, HTTP/1.0 of old) still wants its answer.
    public void Open(IActorRef owner)
    {
        _owner = owner;
        connection.Tell(new Tcp.Register(owner, keepOpenOnPeerClosed: true));
    }

    // Akka.IO sends a frame at a time; an acknowledgement for each tells a client that takes them slowly from one that takes none.
    public int Write(ArraySegment<byte>[] pieces, int length)
    {
        var bytes = pieces.Length == 1 ? ByteString.FromBytes(pieces[0]) : ByteString.FromBytes(pieces);
        for (var start = 0; start < length; start += frameSize)
        {
            var part = length <= frameSize ? bytes : bytes.Slice(start, Math.Min(frameSize, length - start));
            connection.Tell(Tcp.Write.Create(part, WriteAck.Instance), _owner);
        }

        return length;
    }

    public void SuspendReading() => connection.Tell(Tcp.SuspendReading.Instance);

    public void ResumeReading() => connection.Tell(Tcp.ResumeReading.Instance);

    // Akka.IO reads by itself.
    public void Wait()
    {
    }

    public void Close() => connection.Tell(Tcp.Close.Instance);

    public void ConfirmedClose() => connection.Tell(Tcp.ConfirmedClose.Instance);

    public void Abort() => connection.Tell(Tcp.Abort.Instance);

    // Akka.IO watches the owner, and resets.
    public void Release()
    {
    }
}
