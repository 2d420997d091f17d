using Akka.Actor;
using Akka.IO;

namespace ActorHttp.Connections;

/// <summary>
/// What a connection does with its socket. What the socket does is told to the owner in the words of Akka.IO
/// (<see cref="Tcp.PeerClosed"/>, <see cref="Tcp.ConnectionClosed"/> and its kinds).
/// </summary>
internal interface ITransport
{
    /// <summary>Begins to read, for this actor.</summary>
    void Open(IActorRef owner);

    /// <summary>Sends these pieces, all behind the write before. Answers how many bytes are not sent yet; 0 when all are.</summary>
    int Write(ArraySegment<byte>[] pieces, int length);

    /// <summary>Reads no more than what is on its way to the owner already.</summary>
    void SuspendReading();

    /// <summary>Reads on; said again, it changes nothing.</summary>
    void ResumeReading();

    /// <summary>Has the owner told when there is more to read, where it is the owner who reads. Said again, it changes nothing.</summary>
    void Wait();

    /// <summary>Says goodbye and waits for nothing.</summary>
    void Close();

    /// <summary>Says goodbye (FIN) and reads on until the client has as well.</summary>
    void ConfirmedClose();

    /// <summary>Resets.</summary>
    void Abort();

    /// <summary>The owner is gone. A socket that is still open is reset.</summary>
    void Release();
}

/// <summary>A socket that Akka.IO's own actor holds.</summary>
internal sealed class AkkaTransport(IActorRef connection, int frameSize) : ITransport
{
    private IActorRef _owner = ActorRefs.Nobody;

    public IActorRef Connection => connection;

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
