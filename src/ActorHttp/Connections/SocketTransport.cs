using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Connections;

/// <summary>A socket's word to its owner: there is something to read, be it the end.</summary>
internal sealed record SocketReadable(SocketTransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A socket's word to its owner: a write has gone on.</summary>
internal sealed record SocketWritable(SocketTransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// A socket that its owner reads and writes itself, without a buffer while nothing comes and without an actor between: bytes
/// are read when the owner takes them up, so what it does not want stays in the kernel, to the byte. All calls are the
/// owner's; the system's threads do no more than tell it that there is something to do.
/// </summary>
internal sealed class SocketTransport : ITransport
{
    private readonly Socket _socket;
    private readonly int _frameSize;
    private readonly SocketAsyncEventArgs _receive;
    private IActorRef _owner = ActorRefs.Nobody;
    private SocketAsyncEventArgs? _send;

    // The write that is not finished.
    private ArraySegment<byte>[] _pieces = [];
    private int _piece;
    private int _offset;
    private int _unsent;

    private bool _isWaiting;
    private bool _hasMore;
    private bool _isSuspended;
    private bool _isPeerClosed;
    private bool _isOutputClosed;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="frameSize">The most that one call receives, and one waiting send moves, in bytes.</param>
    public SocketTransport(Socket socket, int frameSize)
    {
        _socket = socket;
        _frameSize = frameSize;

        // With no buffer it completes when there is something to read, and costs nothing until then.
        _receive = new SocketAsyncEventArgs(true) { UserToken = new SocketReadable(this) };
        _receive.SetBuffer([], 0, 0);
        _receive.Completed += OnCompleted;
    }

    /// <summary>Whether it is all over: closed, reset or broken.</summary>
    public bool IsClosed { get; private set; }

    public void Open(IActorRef owner)
    {
        _owner = owner;
        Wait();
    }

    /// <summary>What has come, up to a frame; null when that is nothing, or the end, of which the owner is told.</summary>
    public ByteString? Read()
    {
        _isWaiting = false;
        _hasMore = false;
        if (IsClosed || _isPeerClosed)
            return null;

        // The error that ended the wait is told once; the next call would show an orderly end.
        if (_receive.SocketError != SocketError.Success)
        {
            Fail(_receive.SocketError);
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(_frameSize);
        try
        {
            var count = _socket.Receive(buffer.AsSpan(0, _frameSize), SocketFlags.None, out var error);
            if (error == SocketError.Success && count > 0)
            {
                _hasMore = count == _frameSize;
                return ByteString.FromBytes(buffer.AsSpan(0, count).ToArray());
            }

            if (error == SocketError.Success)
                OnEnd();
            else if (error != SocketError.WouldBlock)
                Fail(error);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Wait()
    {
        if (_isWaiting || _isSuspended || _isPeerClosed || IsClosed)
            return;
        _isWaiting = true;
        if (_hasMore || !_socket.ReceiveAsync(_receive))
            _owner.Tell(_receive.UserToken!, ActorRefs.NoSender);
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

    /// <summary>Goes on with a write behind <see cref="SocketWritable"/>. Answers how many bytes are not sent yet.</summary>
    public int WriteOn()
    {
        if (IsClosed || _send is null)
            return _unsent;
        if (_send.SocketError == SocketError.Success)
        {
            Advance(_send.BytesTransferred);
            return Send();
        }

        Fail(_send.SocketError);
        return _unsent;
    }

    public void Close()
    {
        if (IsClosed)
            return;
        if (HasUnread())
        {
            // To close over it would be a reset, which can destroy what the client has not read yet.
            ConfirmedClose();
            return;
        }

        ShutDown(SocketShutdown.Both);
        End(Tcp.Closed.Instance);
    }

    public void ConfirmedClose()
    {
        if (IsClosed)
            return;
        ShutDown(SocketShutdown.Send);
        _isOutputClosed = true;
        if (_isPeerClosed)
            End(Tcp.ConfirmedClosed.Instance);
        else
            Wait();
    }

    public void Abort()
    {
        if (IsClosed)
            return;
        try
        {
            // Closed this way a socket is reset, and what it has not sent is dropped.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // It is broken already, and its client knows.
        }

        End(Tcp.Aborted.Instance);
    }

    public void Release() => Abort();

    // On a thread of the system's. Aborted is what we have closed ourselves, and there is nothing to tell.
    private void OnCompleted(object? sender, SocketAsyncEventArgs e)
    {
        if (e.SocketError != SocketError.OperationAborted)
            _owner.Tell(e.UserToken!, ActorRefs.NoSender);
    }

    private void OnEnd()
    {
        if (_isOutputClosed)
        {
            End(Tcp.ConfirmedClosed.Instance);
            return;
        }

        _isPeerClosed = true;
        _owner.Tell(Tcp.PeerClosed.Instance, ActorRefs.NoSender);
    }

    // As much as the kernel takes now; the rest when it takes more.
    private int Send()
    {
        while (_unsent > 0)
        {
            int sent;
            SocketError error;
            if (_piece == 0 && _offset == 0 && _pieces.Length > 1)
                sent = _socket.Send(_pieces, SocketFlags.None, out error);
            else
                sent = _socket.Send(_pieces[_piece].AsSpan(_offset), SocketFlags.None, out error);
            Advance(sent);
            if (error == SocketError.Success)
                continue;
            if (error != SocketError.WouldBlock)
                Fail(error);
            else if (!SendLater())
                continue;
            return _unsent;
        }

        _pieces = [];
        return 0;
    }

    // True when it is later that the kernel takes more; then the owner is told.
    private bool SendLater()
    {
        if (_unsent == 0)
            return false;
        if (_send is null)
        {
            _send = new SocketAsyncEventArgs(true) { UserToken = new SocketWritable(this) };
            _send.Completed += OnCompleted;
        }

        // A frame at a time: each that has gone shows that the client still reads.
        var rest = _pieces[_piece][_offset..];
        _send.SetBuffer(rest.Array, rest.Offset, Math.Min(rest.Count, _frameSize));
        if (_socket.SendAsync(_send))
            return true;
        if (_send.SocketError == SocketError.Success)
            Advance(_send.BytesTransferred);
        return false;
    }

    private void Advance(int sent)
    {
        _unsent -= sent;
        _offset += sent;
        while (_piece < _pieces.Length && _offset >= _pieces[_piece].Count)
            _offset -= _pieces[_piece++].Count;
    }

    private bool HasUnread()
    {
        try
        {
            return _socket.Available > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void ShutDown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (SocketException)
        {
            // The client has reset it meanwhile: nothing is left to say goodbye to.
        }
    }

    private void Fail(SocketError error) => End(new Tcp.ErrorClosed(new SocketException((int)error).Message));

    private void End(Tcp.ConnectionClosed how)
    {
        IsClosed = true;
        _socket.Dispose();
        _receive.Dispose();
        _send?.Dispose();
        _owner.Tell(how, ActorRefs.NoSender);
    }
}
