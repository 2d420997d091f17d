using Akka.Actor;

namespace ActorHttp.Sockets;

/// <summary>
/// The socket of one connection. The owner of the transport is an actor. The owner reads and writes through these members, and
/// receives a <see cref="TransportEvent"/> when the state of the socket changes. Only the owner uses the members, on one thread
/// at a time. Each class of transport waits for the socket in its own way.
/// </summary>
internal interface ITransport
{
    /// <summary>The number of written bytes that the client has not acknowledged. 0 when this number is unknown.</summary>
    int Unacknowledged { get; }

    /// <summary>Whether bytes have arrived that the owner has not read. False when this is unknown.</summary>
    bool HasUnread { get; }

    /// <summary>
    /// Whether the owner has called <see cref="Open"/> or <see cref="Wait"/> since its last <see cref="Read"/>. If true, a
    /// <see cref="TransportReadable"/> is in the mailbox or will follow.
    /// </summary>
    bool IsWaiting { get; }

    /// <summary>Whether the socket is closed, reset or broken. The owner also receives <see cref="TransportClosed"/>.</summary>
    bool IsClosed { get; }

    /// <summary>
    /// Makes this actor the owner, and begins to wait for bytes. Returns true when the transport waits for the client. Returns
    /// false when the owner should read at once, because a <see cref="TransportReadable"/> is already in the mailbox.
    /// </summary>
    bool Open(IActorRef owner);

    /// <summary>
    /// Reads without waiting. Returns the bytes that have arrived, at most <paramref name="most"/>. Returns no bytes when none
    /// have arrived. After the client's FIN or an error, the method also returns no bytes, and the owner receives an event. The
    /// memory is valid until the next read of any transport on this thread.
    /// </summary>
    ReadOnlyMemory<byte> Read(int most);

    /// <summary>
    /// Sends <see cref="TransportReadable"/> to the owner when the socket becomes readable. Further calls before the next
    /// <see cref="Read"/> have no effect.
    /// </summary>
    void Wait();

    /// <summary>
    /// Disables <see cref="Wait"/> until <see cref="ResumeReading"/> is called. If the owner already waits, its
    /// <see cref="TransportReadable"/> may still arrive.
    /// </summary>
    void SuspendReading();

    /// <summary>
    /// Enables <see cref="Wait"/> again after <see cref="SuspendReading"/>, and waits for bytes. A second call has no effect.
    /// </summary>
    void ResumeReading();

    /// <summary>
    /// Sends the pieces in order. Returns the number of the <paramref name="length"/> bytes that the socket has not accepted
    /// yet. If this number is not 0, <see cref="TransportWritable"/> follows, unless the socket is closed. Until the socket has
    /// accepted all bytes, the caller must not change the pieces and must not begin another write.
    /// </summary>
    int Write(ArraySegment<byte>[] pieces, int length);

    /// <summary>
    /// Continues the write after <see cref="TransportWritable"/>. Returns the number of bytes that the socket has not accepted
    /// yet.
    /// </summary>
    int WriteOn();

    /// <summary>
    /// Sends FIN and closes the socket without waiting for the client. If the socket has unread bytes, a transport may behave
    /// like <see cref="ConfirmedClose"/>, because a plain close would then reset the connection.
    /// </summary>
    void Close();

    /// <summary>
    /// Sends FIN, and closes the socket when the client has sent its FIN. Until then, the owner must continue to read.
    /// </summary>
    void ConfirmedClose();

    /// <summary>Resets the connection. Bytes that have not been sent are lost.</summary>
    void Abort();

    /// <summary>Resets the connection if the socket is still open. Called when the owner has stopped.</summary>
    void Release();
}
