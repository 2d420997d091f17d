using System.Net.Sockets;
using Akka.Actor;

namespace ActorHttp.Sockets;

/// <summary>
/// The part that is the same for every transport whose owner reads and writes without waiting: when the owner is told what,
/// and how a write goes on. How bytes are received and sent, and how the transport learns that there is more to do, is the
/// derived type's. Other threads only tell the owner that there is something to do.
/// </summary>
/// <remarks>
/// <code>
/// input:   not waiting --Wait--> waiting --TellReadable, Read--> not waiting
/// output:  idle --Write, not all taken--> unsent --TellWritable, WriteOn, all taken--> idle
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

    // The write that is not finished.
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
            // To close over it would be a reset, which can destroy what the client has not read yet.
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

    /// <summary>Receives without waiting; <see cref="SocketError.WouldBlock"/> when nothing has come, 0 and no error at the client's end.</summary>
    protected abstract int Receive(Span<byte> buffer, out SocketError error);

    /// <summary>True when there is something to read later only; <see cref="TellReadable"/> is called then.</summary>
    protected abstract bool ReadLater();

    /// <summary>Sends without waiting what is taken; 0 and <see cref="SocketError.WouldBlock"/> when that is nothing.</summary>
    protected abstract int Send(ReadOnlySpan<byte> bytes, out SocketError error);

    /// <summary>The same for several pieces in one call.</summary>
    protected abstract int Send(ArraySegment<byte>[] pieces, out SocketError error);

    /// <summary>
    /// True when more is taken later only; <see cref="TellWritable"/> is called then. False when more is taken now, or
    /// <paramref name="sent"/> bytes have been.
    /// </summary>
    protected abstract bool SendLater(ArraySegment<byte> bytes, out int sent);

    /// <summary>How many bytes have been sent behind <see cref="TellWritable"/>.</summary>
    protected abstract int FinishSend(out SocketError error);

    /// <summary>Sends FIN. The client may have reset the connection meanwhile, which is no failure.</summary>
    /// <param name="isClosedNext">Whether <see cref="CloseSocket"/> follows, which may send FIN as well.</param>
    protected abstract void SendFin(bool isClosedNext);

    /// <summary>The close that follows is a reset, and what has not been sent is dropped.</summary>
    protected abstract void PrepareReset();

    /// <summary>Gives the socket back.</summary>
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

    // As much as is taken now; the rest when more is taken.
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
