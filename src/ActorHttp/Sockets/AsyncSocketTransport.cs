using System.Net.Sockets;

namespace ActorHttp.Sockets;

/// <summary>A transport whose socket .NET watches (<see cref="SocketAsyncEventArgs"/>). Used when the server has no reactors.</summary>
internal sealed class AsyncSocketTransport : Transport
{
    private readonly Socket _socket;
    private readonly int _frameSize;
    private readonly SocketAsyncEventArgs _receive;
    private SocketAsyncEventArgs? _send;
    private bool _hasMore;

    /// <summary>Creates the transport of a connected socket. The transport owns the socket after this call.</summary>
    /// <param name="socket">The socket, in non-blocking mode.</param>
    /// <param name="frameSize">The largest number of bytes in one asynchronous send.</param>
    public AsyncSocketTransport(Socket socket, int frameSize)
    {
        _socket = socket;
        _frameSize = frameSize;

        // A receive with an empty buffer completes when the socket becomes readable. Until then, this receive holds no memory.
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
        // Reports the error of the asynchronous receive. The system reports an error only once, so the next receive would
        // return FIN instead.
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

        // Sends one frame at a time. Each frame that the socket accepts shows that the client still receives bytes.
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

    // Sends FIN even if a close follows. Without this FIN, disposing a socket with a pending receive would reset the
    // connection.
    protected override void SendFin(bool isClosedNext)
    {
        try
        {
            _socket.Shutdown(isClosedNext ? SocketShutdown.Both : SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client has reset the connection, so no FIN is needed.
        }
    }

    protected override void PrepareReset()
    {
        try
        {
            // With a linger time of 0, closing the socket resets the connection and drops unsent bytes.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // The connection is broken already, so no reset is needed.
        }
    }

    protected override void CloseSocket()
    {
        _receive.Dispose();
        _send?.Dispose();
        _socket.Dispose();
    }

    // Runs on a thread of .NET. OperationAborted means that this transport closed the socket, so the owner needs no event.
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
