using System.Net.Sockets;

namespace ActorHttp.Sockets;

/// <summary>A socket that the platform watches.</summary>
internal sealed class AsyncSocketTransport : SocketTransport
{
    private readonly SocketAsyncEventArgs _receive;
    private SocketAsyncEventArgs? _send;
    private bool _hasMore;

    /// <summary>Takes a connected socket over.</summary>
    public AsyncSocketTransport(Socket socket, int frameSize)
        : base(socket, frameSize)
    {
        // With no buffer it completes when there is something to read, and costs nothing until then.
        _receive = new SocketAsyncEventArgs(true);
        _receive.SetBuffer([], 0, 0);
        _receive.Completed += OnReceived;
    }

    protected override bool OnOpen() => true;

    protected override void OnClosing()
    {
        _receive.Dispose();
        _send?.Dispose();
    }

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        // The error that ended the wait is told once; the next call would show an orderly end.
        error = _receive.SocketError;
        if (error != SocketError.Success)
            return 0;
        var count = Socket.Receive(buffer, SocketFlags.None, out error);
        _hasMore = error == SocketError.Success && count == buffer.Length;
        return count;
    }

    protected override bool ReadLater() => !_hasMore && Socket.ReceiveAsync(_receive);

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error) => Socket.Send(bytes, SocketFlags.None, out error);

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent)
    {
        if (_send is null)
        {
            _send = new SocketAsyncEventArgs(true);
            _send.Completed += OnSent;
        }

        // A frame at a time: each that has gone shows that the client still reads.
        _send.SetBuffer(bytes.Array, bytes.Offset, Math.Min(bytes.Count, FrameSize));
        sent = 0;
        if (Socket.SendAsync(_send))
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
