using Akka.Actor;

namespace ActorHttp.Sockets;

/// <summary>
/// One connection's socket, as its owner uses it: the owner reads and writes, and is told what happens as
/// <see cref="TransportEvent"/>. All calls are the owner's, on one thread at a time. How the socket is waited for, and by
/// which library, is the transport's business.
/// </summary>
internal interface ITransport
{
    /// <summary>Bytes that were written and that the client has not acknowledged; 0 where that is not known.</summary>
    int Unacknowledged { get; }

    /// <summary>Whether bytes have come that the owner has not read; false where that is not known.</summary>
    bool HasUnread { get; }

    /// <summary>Whether a <see cref="TransportReadable"/> is due or under way.</summary>
    bool IsWaiting { get; }

    /// <summary>Whether the socket is closed, reset or broken. <see cref="TransportClosed"/> says so too.</summary>
    bool IsClosed { get; }

    /// <summary>
    /// Begins to read, for this actor. Returns whether the transport waits for the client; false when a
    /// <see cref="TransportReadable"/> is under way, because the first read is to be tried at once.
    /// </summary>
    bool Open(IActorRef owner);

    /// <summary>
    /// Takes what has come, up to <paramref name="most"/> bytes, without waiting. Answers nothing when nothing has come, and at
    /// the client's end, of which the owner is told. The memory is used again at the next read of any transport on this thread.
    /// </summary>
    ReadOnlyMemory<byte> Read(int most);

    /// <summary>Sends <see cref="TransportReadable"/> when there is something to read. A second call changes nothing.</summary>
    void Wait();

    /// <summary>Sends no <see cref="TransportReadable"/> any more, except for one that is under way.</summary>
    void SuspendReading();

    /// <summary>Undoes <see cref="SuspendReading"/> and waits. A second call changes nothing.</summary>
    void ResumeReading();

    /// <summary>
    /// Sends these pieces in order. Answers how many of the <paramref name="length"/> bytes are not sent yet; when there are any,
    /// <see cref="TransportWritable"/> follows. The pieces stay unchanged until all are sent, and no other write begins before.
    /// </summary>
    int Write(ArraySegment<byte>[] pieces, int length);

    /// <summary>Goes on with the write, behind <see cref="TransportWritable"/>. Answers how many bytes are not sent yet.</summary>
    int WriteOn();

    /// <summary>Sends FIN and closes, without waiting for the client.</summary>
    void Close();

    /// <summary>Sends FIN, and closes when the client has sent its own. The owner reads on until then.</summary>
    void ConfirmedClose();

    /// <summary>Resets the connection. What has not been sent is dropped.</summary>
    void Abort();

    /// <summary>The owner is gone: resets a socket that is still open.</summary>
    void Release();
}
