using Akka.Actor;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// What a connection does with its socket. What the socket does is told to the owner in the words of Akka.IO
/// (<see cref="Tcp.PeerClosed"/>, <see cref="Tcp.ConnectionClosed"/> and its kinds).
/// </summary>
internal interface ITransport
{
    /// <summary>Bytes that were written and that the client has not acknowledged; 0 where that is not known.</summary>
    int Unacknowledged { get; }

    /// <summary>Whether bytes have come that the owner has not read; false where that is not known.</summary>
    bool HasUnread { get; }

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
