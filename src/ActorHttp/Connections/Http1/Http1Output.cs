using ActorHttp.Buffers;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>A connection's order to itself: all answers that were in the mailbox have been seen, write what there is.</summary>
internal sealed class Flush : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Flush Instance = new();
}

/// <summary>
/// Bytes on their way to the socket. There is one write at a time: what comes meanwhile leaves with the next, so what is in
/// memory is bounded.
/// </summary>
internal sealed class Http1Output(ITransport transport)
{
    private const int WorthSending = 16 * 1024;

    private int _inFlight;
    private long _steps;
    private bool _isFlushDue;
    private bool _isClosed;

    /// <summary>Where the bytes are written. They leave with <see cref="Send"/>.</summary>
    public OutputBuffer Buffer { get; } = new();

    /// <summary>The number of bytes that wait for the next write.</summary>
    public int Waiting => Buffer.Count;

    /// <summary>The number of bytes that the socket has not taken of the write under way; 0 when there is none.</summary>
    public int InFlight => _inFlight;

    /// <summary>Whether the socket has not taken all of a write.</summary>
    public bool IsBusy => _inFlight > 0;

    /// <summary>Whether nothing waits, and the socket has taken everything.</summary>
    public bool IsEmpty => Buffer.IsEmpty && _inFlight == 0;

    /// <summary>The number of writes, and steps of writes, so far: tells one wait for the socket from the next.</summary>
    public long Steps => _steps;

    /// <summary>Whether a <see cref="Flush"/> is in the mailbox. Answers that leave together share a write and a date.</summary>
    public bool IsFlushDue => _isFlushDue;

    /// <summary>Begins a write when there is something to write and none is under way.</summary>
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

    /// <summary>Whether so much waits that a write is worth its system call, whatever else may still come.</summary>
    public bool IsWorthSending => Buffer.Count >= WorthSending;

    /// <summary>Sends behind the messages that are in the actor's mailbox now.</summary>
    /// <param name="self">The connection's actor.</param>
    public void SendBehindMailbox(IActorRef self)
    {
        if (_isFlushDue)
            return;
        _isFlushDue = true;
        self.Tell(Flush.Instance, self);
    }

    /// <summary>All answers that were in the mailbox have been seen.</summary>
    public void OnFlush()
    {
        _isFlushDue = false;
        Send();
    }

    /// <summary>The socket has taken a step of the write. Answers true when it has taken all.</summary>
    public bool OnWritable()
    {
        _inFlight = transport.WriteOn();
        _steps++;
        if (_inFlight > 0)
            return false;
        Buffer.Release();
        return true;
    }

    /// <summary>Nothing is sent any more: FIN or a reset is next.</summary>
    public void Close() => _isClosed = true;

    /// <summary>A failure of the actor may have lost the <see cref="Flush"/>.</summary>
    public void ForgetFlush() => _isFlushDue = false;

    /// <summary>Gives back what is held.</summary>
    public void Release() => Buffer.Abandon();

    /// <summary>Asserts that the state is a legal one.</summary>
    public void CheckInvariants() => Invariant.Holds(_inFlight >= 0, "The socket has taken no more than it was given.");
}
