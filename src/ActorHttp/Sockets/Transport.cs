using System.Net.Sockets;
using Akka.Actor;

namespace ActorHttp.Sockets;

/// <summary>
/// The common part of all transports whose owner reads and writes without waiting. This class decides when the owner receives
/// an event, and how a write continues. The derived class receives and sends the bytes, and finds out when the socket is ready
/// again. Threads other than the owner's thread only send events to the owner.
/// </summary>
/// <remarks>
/// <code>
/// input:   not waiting --Wait--> waiting --TellReadable, Read--> not waiting
/// output:  idle --Write, not all accepted--> unsent --TellWritable, WriteOn, all accepted--> idle
/// end:     open --ConfirmedClose--> output closed --client's FIN--> closed
///          open --client's FIN--> peer closed --Close or ConfirmedClose--> closed;   any --Abort, failure--> closed
/// </code>
/// </remarks>
internal abstract class Transport : ITransport
{
    [ThreadStatic]
    private static byte[]? _received;

    private readonly TransportReadable _readable;
    private TransportWritable? _writable;

    // The unfinished write: its pieces, the position in the pieces, and the number of unsent bytes.
    private ArraySegment<byte>[] _pieces = [];
    private int _piece;
    private int _offset;
    private int _unsent;

    private bool _isWaiting;
    private bool _isSuspended;
    private bool _isPeerClosed;
    private bool _isOutputClosed;

    protected Transport() => _readable = new TransportReadable(this);

    public bool IsWaiting => _isWaiting;

    public bool IsClosed { get; private set; }

    public abstract int Unacknowledged { get; }

    public abstract bool HasUnread { get; }

    protected IActorRef Owner { get; private set; } = ActorRefs.Nobody;

    public bool Open(IActorRef owner)
    {
        Owner = owner;
        return BeginWait();
    }

    public ReadOnlyMemory<byte> Read(int most)
    {
        _isWaiting = false;
        if (IsClosed || _isPeerClosed)
            return default;
        if (_received is null || _received.Length < most)
            _received = GC.AllocateUninitializedArray<byte>(most);
        var count = Receive(_received.AsSpan(0, most), out var error);
        if (error == SocketError.Success && count > 0)
            return _received.AsMemory(0, count);
        if (error == SocketError.Success)
            OnEnd();
        else if (error != SocketError.WouldBlock)
            Fail();
        return default;
    }

    public void Wait()
    {
        if (!_isWaiting && !_isSuspended && !_isPeerClosed && !IsClosed)
            BeginWait();
    }

    public void SuspendReading() => _isSuspended = true;

    public void ResumeReading()
    {
        _isSuspended = false;
        Wait();
    }

    public int Write(ArraySegment<byte>[] pieces, int length)
    {
        if (IsClosed)
            return length;
        _pieces = pieces;
        _piece = _offset = 0;
        _unsent = length;
        return Send();
    }

    public int WriteOn()
    {
        if (IsClosed || _unsent == 0)
            return _unsent;
        var sent = FinishSend(out var error);
        if (error == SocketError.Success)
        {
            Advance(sent);
            return Send();
        }

        Fail();
        return _unsent;
    }

    public void Close()
    {
        if (IsClosed)
            return;
        if (HasUnread)
        {
            // Does not close at once. A close with unread bytes resets the connection, and the reset can destroy sent bytes
            // that the client has not read yet.
            ConfirmedClose();
            return;
        }

        SendFin(isClosedNext: true);
        End(TransportEnd.Closed);
    }

    public void ConfirmedClose()
    {
        if (IsClosed)
            return;
        SendFin(isClosedNext: false);
        _isOutputClosed = true;
        if (_isPeerClosed)
            End(TransportEnd.Confirmed);
        else
            Wait();
    }

    public void Abort()
    {
        if (IsClosed)
            return;
        PrepareReset();
        End(TransportEnd.Aborted);
    }

    public void Release() => Abort();

    /// <summary>
    /// Receives without waiting. The error is <see cref="SocketError.WouldBlock"/> when no bytes have arrived. The result is 0
    /// without an error after the client's FIN.
    /// </summary>
    protected abstract int Receive(Span<byte> buffer, out SocketError error);

    /// <summary>
    /// Begins to wait for input. Returns true when the socket has nothing to read yet. The derived class calls
    /// <see cref="TellReadable"/> later, when the socket becomes readable. Returns false when the owner should read now.
    /// </summary>
    protected abstract bool ReadLater();

    /// <summary>
    /// Sends without waiting, and returns the number of bytes that the socket has accepted. When the socket accepts no bytes,
    /// the result is 0 and the error is <see cref="SocketError.WouldBlock"/>.
    /// </summary>
    protected abstract int Send(ReadOnlySpan<byte> bytes, out SocketError error);

    /// <summary>Sends several pieces in one call. The result and the error are as for one piece.</summary>
    protected abstract int Send(ArraySegment<byte>[] pieces, out SocketError error);

    /// <summary>
    /// Begins to wait for room in the socket. Returns true when the socket accepts no more bytes yet. The derived class calls
    /// <see cref="TellWritable"/> later, when the socket accepts bytes again. Returns false when the socket may accept more
    /// bytes now, or has just accepted <paramref name="sent"/> bytes.
    /// </summary>
    protected abstract bool SendLater(ArraySegment<byte> bytes, out int sent);

    /// <summary>Returns the number of bytes that the socket accepted before <see cref="TellWritable"/> was called.</summary>
    protected abstract int FinishSend(out SocketError error);

    /// <summary>Sends FIN. Ignores the error when the client has already reset the connection.</summary>
    /// <param name="isClosedNext">Whether <see cref="CloseSocket"/> follows. The close may send FIN as well.</param>
    protected abstract void SendFin(bool isClosedNext);

    /// <summary>Changes the next close of the socket into a reset, so that unsent bytes are dropped.</summary>
    protected abstract void PrepareReset();

    /// <summary>Closes the socket.</summary>
    protected abstract void CloseSocket();

    protected void TellReadable() => Owner.Tell(_readable, ActorRefs.NoSender);

    protected void TellWritable() => Owner.Tell(_writable ??= new TransportWritable(this), ActorRefs.NoSender);

    private bool BeginWait()
    {
        _isWaiting = true;
        var isLater = ReadLater();
        if (!isLater)
            TellReadable();
        return isLater;
    }

    private void OnEnd()
    {
        if (_isOutputClosed)
        {
            End(TransportEnd.Confirmed);
            return;
        }

        _isPeerClosed = true;
        Owner.Tell(new TransportPeerClosed(this), ActorRefs.NoSender);
    }

    // Sends as many bytes as the socket accepts now. If unsent bytes remain, TransportWritable follows. Returns the number of
    // unsent bytes.
    private int Send()
    {
        while (_unsent > 0)
        {
            int sent;
            SocketError error;
            if (_piece == 0 && _offset == 0 && _pieces.Length > 1)
                sent = Send(_pieces, out error);
            else
                sent = Send(_pieces[_piece].AsSpan(_offset), out error);
            Advance(sent);
            if (error == SocketError.Success)
                continue;
            if (error != SocketError.WouldBlock)
            {
                Fail();
                return _unsent;
            }

            if (_unsent > 0 && SendLater(_pieces[_piece][_offset..], out sent))
                return _unsent;
            Advance(sent);
        }

        _pieces = [];
        return 0;
    }

    private void Advance(int sent)
    {
        _unsent -= sent;
        _offset += sent;
        while (_piece < _pieces.Length && _offset >= _pieces[_piece].Count)
            _offset -= _pieces[_piece++].Count;
    }

    private void Fail() => End(TransportEnd.Broken);

    private void End(TransportEnd how)
    {
        IsClosed = true;
        CloseSocket();
        Owner.Tell(new TransportClosed(this, how), ActorRefs.NoSender);
    }
}
