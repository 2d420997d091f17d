using ActorHttp.Buffers;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Sent by a connection to itself, behind the answers that are in the mailbox. When the message arrives, the connection has
/// handled all these answers and writes the output.
/// </summary>
internal sealed class Flush : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Flush Instance = new();
}

/// <summary>
/// The output of a connection: the bytes on their way to the socket. Only one write is unfinished at a time, and bytes that are
/// added during this write are sent with the next write. This rule and <c>io.send-window</c> limit the memory.
/// </summary>
internal sealed class Http1Output(ITransport transport)
{
    private const int WorthSending = 16 * 1024;

    private int _inFlight;
    private long _steps;
    private bool _isFlushDue;
    private bool _isClosed;

    /// <summary>The buffer for the bytes of the answers. <see cref="Send"/> sends the bytes of the buffer.</summary>
    public OutputBuffer Buffer { get; } = new();

    /// <summary>The number of bytes that wait for the next write.</summary>
    public int Waiting => Buffer.Count;

    /// <summary>
    /// The number of bytes of the current write that the socket has not accepted yet. 0 when no write is unfinished.
    /// </summary>
    public int InFlight => _inFlight;

    /// <summary>Whether a write is unfinished, because the socket has not accepted all bytes of the write.</summary>
    public bool IsBusy => _inFlight > 0;

    /// <summary>Whether no bytes wait for a write, and the socket has accepted all bytes of earlier writes.</summary>
    public bool IsEmpty => Buffer.IsEmpty && _inFlight == 0;

    /// <summary>
    /// The number of writes, and of continued writes, so far. When the number has changed, <see cref="Http1Deadlines"/> begins
    /// a new wait for the socket.
    /// </summary>
    public long Steps => _steps;

    /// <summary>
    /// Whether a <see cref="Flush"/> is in the mailbox. The answers before this message share one write and one Date field.
    /// </summary>
    public bool IsFlushDue => _isFlushDue;

    /// <summary>Begins a write if bytes wait and no write is unfinished.</summary>
    public void Send()
    {
        if (_inFlight > 0 || Buffer.IsEmpty || _isClosed)
            return;
        _steps++;
        var length = Buffer.Count;
        _inFlight = transport.Write(Buffer.Take(), length);
        if (_inFlight == 0)
            Buffer.Release();
    }

    /// <summary>Whether the waiting bytes are enough to justify the system call of a write, even if more bytes follow soon.</summary>
    public bool IsWorthSending => Buffer.Count >= WorthSending;

    /// <summary>Sends the waiting bytes after the connection has handled the messages that are in its actor's mailbox now.</summary>
    /// <param name="self">The connection's actor.</param>
    public void SendBehindMailbox(IActorRef self)
    {
        if (_isFlushDue)
            return;
        _isFlushDue = true;
        self.Tell(Flush.Instance, self);
    }

    /// <summary>
    /// Handles the <see cref="Flush"/>. All answers that were in the mailbox have been handled, so the waiting bytes are sent.
    /// </summary>
    public void OnFlush()
    {
        _isFlushDue = false;
        Send();
    }

    /// <summary>
    /// Continues the write when the socket is writable again. Returns true when the socket has accepted all bytes of the write.
    /// </summary>
    public bool OnWritable()
    {
        _inFlight = transport.WriteOn();
        _steps++;
        if (_inFlight > 0)
            return false;
        Buffer.Release();
        return true;
    }

    /// <summary>Prevents all further writes, because the server sends FIN or a reset next.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Forgets a <see cref="Flush"/> in the mailbox. A restart of the actor may have lost this message.</summary>
    public void ForgetFlush() => _isFlushDue = false;

    /// <summary>Gives back the memory of the buffer.</summary>
    public void Release() => Buffer.Abandon();

    /// <summary>Throws an exception when the state is not legal.</summary>
    public void CheckInvariants() => Invariant.Holds(_inFlight >= 0, "The socket has taken no more than it was given.");
}
