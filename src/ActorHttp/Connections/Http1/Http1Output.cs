using ActorHttp.Buffers;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Sent by a connection to itself. When the message arrives, the connection has handled all answers that were in the mailbox,
/// and writes the output.
/// </summary>
internal sealed class Flush : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Flush Instance = new();
}

/// <summary>
/// The output of a connection: the bytes on their way to the socket. One write is under way at a time, and bytes that come
/// meanwhile leave with the next write. Together with <c>io.send-window</c> this bounds the memory.
/// </summary>
internal sealed class Http1Output(ITransport transport)
{
    private const int WorthSending = 16 * 1024;

    private int _inFlight;
    private long _steps;
    private bool _isFlushDue;
    private bool _isClosed;

    /// <summary>The buffer that answers are written to. <see cref="Send"/> sends its bytes.</summary>
    public OutputBuffer Buffer { get; } = new();

    /// <summary>The number of bytes that wait for the next write.</summary>
    public int Waiting => Buffer.Count;

    /// <summary>The number of bytes of the current write that the socket has not taken. 0 when no write is under way.</summary>
    public int InFlight => _inFlight;

    /// <summary>Whether a write is under way, because the socket has not taken all bytes of the write.</summary>
    public bool IsBusy => _inFlight > 0;

    /// <summary>Whether no bytes wait, and the socket has taken all bytes.</summary>
    public bool IsEmpty => Buffer.IsEmpty && _inFlight == 0;

    /// <summary>
    /// The number of writes and of steps of writes so far. A new number tells the deadlines that a new wait for the socket
    /// begins.
    /// </summary>
    public long Steps => _steps;

    /// <summary>Whether a <see cref="Flush"/> is in the mailbox. Answers that leave together share one write and one Date field.</summary>
    public bool IsFlushDue => _isFlushDue;

    /// <summary>Begins a write if bytes wait and no write is under way.</summary>
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

    /// <summary>Whether enough bytes wait that a write is worth its system call, even if more bytes follow soon.</summary>
    public bool IsWorthSending => Buffer.Count >= WorthSending;

    /// <summary>Sends the waiting bytes after the messages that are in the actor's mailbox now.</summary>
    /// <param name="self">The connection's actor.</param>
    public void SendBehindMailbox(IActorRef self)
    {
        if (_isFlushDue)
            return;
        _isFlushDue = true;
        self.Tell(Flush.Instance, self);
    }

    /// <summary>
    /// Handles the <see cref="Flush"/>: all answers that were in the mailbox have been handled, so the waiting bytes are sent.
    /// </summary>
    public void OnFlush()
    {
        _isFlushDue = false;
        Send();
    }

    /// <summary>Continues the write when the socket takes more. Returns true when the socket has taken all of the write.</summary>
    public bool OnWritable()
    {
        _inFlight = transport.WriteOn();
        _steps++;
        if (_inFlight > 0)
            return false;
        Buffer.Release();
        return true;
    }

    /// <summary>Stops all further writes, because FIN or a reset comes next.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Forgets that a <see cref="Flush"/> is due, because a restart of the actor may have lost it.</summary>
    public void ForgetFlush() => _isFlushDue = false;

    /// <summary>Gives back the memory of the buffer.</summary>
    public void Release() => Buffer.Abandon();

    /// <summary>Checks that the state is legal.</summary>
    public void CheckInvariants() => Invariant.Holds(_inFlight >= 0, "The socket has taken no more than it was given.");
}
