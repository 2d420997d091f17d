using Akka.Actor;

namespace ActorHttp.Sockets;

/// <summary>
/// The socket of one connection. The owner of the transport is an actor: it reads and writes through these members, and gets a
/// <see cref="TransportEvent"/> when something happens. Only the owner uses the members, on one thread at a time. Each
/// transport has its own way to wait for the socket.
/// </summary>
internal interface ITransport
{
    /// <summary>The number of written bytes that the client has not acknowledged. 0 when the transport does not know the number.</summary>
    int Unacknowledged { get; }

    /// <summary>Whether bytes have arrived that the owner has not read. False when the transport does not know.</summary>
    bool HasUnread { get; }

    /// <summary>
    /// Whether the owner has called <see cref="Open"/> or <see cref="Wait"/> since its last <see cref="Read"/>. A
    /// <see cref="TransportReadable"/> is then in the mailbox or will follow.
    /// </summary>
    bool IsWaiting { get; }

    /// <summary>Whether the socket is closed, reset or broken. The owner then also gets <see cref="TransportClosed"/>.</summary>
    bool IsClosed { get; }

    /// <summary>
    /// Makes this actor the owner, and begins to wait for bytes. Returns false when the owner should read at once: a
    /// <see cref="TransportReadable"/> is then in the mailbox. Returns true when the transport waits for the client.
    /// </summary>
    bool Open(IActorRef owner);

    /// <summary>
    /// Reads without waiting. Returns the bytes that have arrived, at most <paramref name="most"/>. Returns no bytes when none have
    /// arrived. Also returns none after the client's FIN or an error, and then the owner gets an event. The memory is valid until
    /// the next read of any transport on this thread.
    /// </summary>
    ReadOnlyMemory<byte> Read(int most);

    /// <summary>
    /// Sends the owner <see cref="TransportReadable"/> when there is something to read. More calls before the next
    /// <see cref="Read"/> have no effect.
    /// </summary>
    void Wait();

    /// <summary>
    /// Makes <see cref="Wait"/> do nothing until <see cref="ResumeReading"/>. A <see cref="TransportReadable"/> that the owner waits for
    /// already may still come.
    /// </summary>
    void SuspendReading();

    /// <summary>Undoes <see cref="SuspendReading"/> and waits for bytes. A second call has no effect.</summary>
    void ResumeReading();

    /// <summary>
    /// Sends the pieces in order. Returns how many of the <paramref name="length"/> bytes the socket has not taken yet. If it has not
    /// taken all, <see cref="TransportWritable"/> follows, unless the socket is closed. Until it has taken all, the caller does not
    /// change the pieces and begins no other write.
    /// </summary>
    int Write(ArraySegment<byte>[] pieces, int length);

    /// <summary>Continues the write after <see cref="TransportWritable"/>. Returns how many bytes the socket has not taken yet.</summary>
    int WriteOn();

    /// <summary>
    /// Sends FIN and closes the socket without waiting for the client. With unread bytes in the socket, a transport may do the same
    /// as <see cref="ConfirmedClose"/>, because a plain close would then reset the connection.
    /// </summary>
    void Close();

    /// <summary>Sends FIN, and closes the socket when the client has sent its FIN. The owner reads on until then.</summary>
    void ConfirmedClose();

    /// <summary>Resets the connection. Bytes that have not been sent are dropped.</summary>
    void Abort();

    /// <summary>Resets the connection if the socket is still open. Called when the owner has stopped.</summary>
    void Release();
}
