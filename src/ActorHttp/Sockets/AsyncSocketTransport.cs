using System.Net.Sockets;

namespace ActorHttp.Sockets;

/// <summary>A socket that the platform watches.</summary>
internal sealed class AsyncSocketTransport : Transport
{
    private readonly Socket _socket;
    private readonly int _frameSize;
    private readonly SocketAsyncEventArgs _receive;
    private SocketAsyncEventArgs? _send;
    private bool _hasMore;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket; it does not block.</param>
    /// <param name="frameSize">The most that one waiting send moves, in bytes.</param>
    public AsyncSocketTransport(Socket socket, int frameSize)
    {
        _socket = socket;
        _frameSize = frameSize;

        // With no buffer it completes when there is something to read, and costs nothing until then.
        _receive = new SocketAsyncEventArgs(true);
        _receive.SetBuffer([], 0, 0);
        _receive.Completed += OnReceived;
    }

    public override int Unacknowledged => IsClosed || !OperatingSystem.IsLinux() ? 0 : Epoll.Unacknowledged((int)_socket.Handle);

    public override bool HasUnread
    {
        get
        {
            if (IsClosed)
                return false;
            try
            {
                return _socket.Available > 0;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        // The error that ended the wait is told once; the next call would show an orderly end.
        error = _receive.SocketError;
        if (error != SocketError.Success)
            return 0;
        var count = _socket.Receive(buffer, SocketFlags.None, out error);
        _hasMore = error == SocketError.Success && count == buffer.Length;
        return count;
    }

    protected override bool ReadLater() => !_hasMore && _socket.ReceiveAsync(_receive);

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error) => _socket.Send(bytes, SocketFlags.None, out error);

    protected override int Send(ArraySegment<byte>[] pieces, out SocketError error) => _socket.Send(pieces, SocketFlags.None, out error);

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent)
    {
        if (_send is null)
        {
            _send = new SocketAsyncEventArgs(true);
            _send.Completed += OnSent;
        }

        // A frame at a time: each that has gone shows that the client still reads.
        _send.SetBuffer(bytes.Array, bytes.Offset, Math.Min(bytes.Count, _frameSize));
        sent = 0;
        if (_socket.SendAsync(_send))
            return true;
        if (_send.SocketError == SocketError.Success)
            sent = _send.BytesTransferred;
        return false;
    }

    protected override int FinishSend(out SocketError error)
    {
        error = _send!.SocketError;
        return error == SocketError.Success ? _send.BytesTransferred : 0;
    }

    // Also before a close: to dispose a socket whose receive waits would be a reset.
    protected override void SendFin(bool isClosedNext)
    {
        try
        {
            _socket.Shutdown(isClosedNext ? SocketShutdown.Both : SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client has reset it meanwhile: nobody is left to tell.
        }
    }

    protected override void PrepareReset()
    {
        try
        {
            // Closed this way a socket is reset, and what it has not sent is dropped.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // It is broken already, and its client knows.
        }
    }

    protected override void CloseSocket()
    {
        _receive.Dispose();
        _send?.Dispose();
        _socket.Dispose();
    }

    // On a thread of the system's. Aborted is what we have closed ourselves, and there is nothing to tell.
    private void OnReceived(object? sender, SocketAsyncEventArgs e)
    {
        if (e.SocketError != SocketError.OperationAborted)
            TellReadable();
    }

    private void OnSent(object? sender, SocketAsyncEventArgs e)
    {
        if (e.SocketError != SocketError.OperationAborted)
            TellWritable();
    }
}
