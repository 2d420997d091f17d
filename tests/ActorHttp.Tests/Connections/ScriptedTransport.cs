using System.Net.Sockets;
using ActorHttp.Sockets;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// A transport without a socket, which behaves like the one that waits with epoll: it shares that one's reading, writing and
/// closing, and stands in for the kernel alone.
/// </summary>
internal sealed class ScriptedTransport : Transport
{
    private readonly Lock _gate = new();
    private readonly Queue<byte> _received = new();
    private readonly List<byte> _sent = [];
    private bool _isReadWanted;
    private bool _isWriteWanted;
    private bool _isFull;
    private bool _hasClientEnded;
    private bool _hasClientReset;

    /// <summary>Whether FIN was sent.</summary>
    public bool HasSentFin { get; private set; }

    /// <summary>Whether the socket was reset.</summary>
    public bool IsReset { get; private set; }

    public override int Unacknowledged => 0;

    public override bool HasUnread
    {
        get
        {
            lock (_gate)
                return _received.Count > 0;
        }
    }

    /// <summary>Whether a read would find something, be it the end.</summary>
    public bool IsReadable
    {
        get
        {
            lock (_gate)
                return _received.Count > 0 || _hasClientEnded || _hasClientReset;
        }
    }

    /// <summary>Bytes come from the client.</summary>
    public void Receive(byte[] bytes) => Change(() => Array.ForEach(bytes, _received.Enqueue));

    /// <summary>The client's FIN comes.</summary>
    public void ReceiveFin() => Change(() => _hasClientEnded = true);

    /// <summary>The client's RST comes, and destroys what has not been read.</summary>
    public void ReceiveReset() => Change(() =>
    {
        _received.Clear();
        _hasClientReset = true;
    });

    /// <summary>Whether the kernel's buffer is full from now on.</summary>
    public void SetFull(bool isFull) => Change(() => _isFull = isFull);

    /// <summary>What has been sent since the last call.</summary>
    public byte[] TakeSent()
    {
        lock (_gate)
        {
            byte[] sent = [.. _sent];
            _sent.Clear();
            return sent;
        }
    }

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        lock (_gate)
        {
            error = _hasClientReset ? SocketError.ConnectionReset
                : _received.Count == 0 && !_hasClientEnded ? SocketError.WouldBlock
                : SocketError.Success;
            var count = 0;
            while (count < buffer.Length && _received.TryDequeue(out var next))
                buffer[count++] = next;
            return count;
        }
    }

    protected override bool ReadLater()
    {
        lock (_gate)
            return _isReadWanted = _received.Count == 0 && !_hasClientEnded && !_hasClientReset;
    }

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        lock (_gate)
        {
            error = _hasClientReset ? SocketError.ConnectionReset : _isFull ? SocketError.WouldBlock : SocketError.Success;
            if (error != SocketError.Success)
                return 0;
            _sent.AddRange(bytes);
            return bytes.Length;
        }
    }

    protected override int Send(ArraySegment<byte>[] pieces, out SocketError error) =>
        Send([.. pieces.SelectMany(piece => piece)], out error);

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent)
    {
        sent = 0;
        lock (_gate)
            return _isWriteWanted = _isFull && !_hasClientReset;
    }

    protected override int FinishSend(out SocketError error)
    {
        error = SocketError.Success;
        return 0;
    }

    protected override void SendFin(bool isClosedNext) => HasSentFin = true;

    protected override void PrepareReset() => IsReset = true;

    protected override void CloseSocket()
    {
    }

    // Tells the owner once of what it waits for.
    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            if (_isReadWanted && IsReadable)
            {
                _isReadWanted = false;
                TellReadable();
            }

            if (_isWriteWanted && (!_isFull || _hasClientReset))
            {
                _isWriteWanted = false;
                TellWritable();
            }
        }
    }
}
