using System.Buffers;
using System.Numerics;
using Akka.IO;

namespace ActorHttp.Connections;

/// <summary>
/// Bytes from the socket that are not read yet. They stay in the pieces in which they came; only a line that is split over
/// two pieces is put together, in a buffer that doubles, so that bytes which come one at a time cost no more than linear.
/// </summary>
internal sealed class ReceivedBytes
{
    // A copy that is at least this large comes from the pool, when what that rounds up is a third of it at most.
    private const int WorthRenting = 8 * 1024;

    private readonly Queue<(ByteString Bytes, byte[]? Rented)> _later = new();
    private ByteString? _front;
    private byte[]? _frontRented;
    private int _offset;
    private byte[] _joined = [];
    private int _joinedStart;
    private int _joinedEnd;

    // Bytes in the buffer of whoever received them, for now.
    private ReadOnlyMemory<byte> _borrowed;

    /// <summary>The number of bytes not read yet.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them, as far as they are in one piece.</summary>
    public ReadOnlySpan<byte> Unread => _joinedEnd > _joinedStart
        ? _joined.AsSpan(_joinedStart, _joinedEnd - _joinedStart)
        : !_borrowed.IsEmpty ? _borrowed.Span
        : _front is null ? default : _front.ToReadOnlySpan()[_offset..];

    public void Append(ByteString bytes) => Append(bytes, null);

    /// <summary>
    /// Shows bytes that are in somebody's buffer: most are read before that is used again. <see cref="Keep"/> must follow
    /// before it is.
    /// </summary>
    public void Borrow(ReadOnlyMemory<byte> bytes)
    {
        if (Count > 0)
        {
            AppendCopy(bytes);
            return;
        }

        _borrowed = bytes;
        Count = bytes.Length;
    }

    /// <summary>Copies what is left of borrowed bytes.</summary>
    public void Keep()
    {
        if (_borrowed.IsEmpty)
            return;

        // Given back first: without memory for the copy they are lost, but nobody else's are taken for them.
        var left = _borrowed;
        _borrowed = default;
        Count = 0;
        AppendCopy(left);
    }

    public void Consume(int count)
    {
        Count -= count;
        if (!_borrowed.IsEmpty)
        {
            _borrowed = _borrowed[count..];
            return;
        }

        if (_joinedEnd > _joinedStart)
        {
            _joinedStart += count;
            if (_joinedStart == _joinedEnd)
                _joinedStart = _joinedEnd = 0;
            return;
        }

        _offset += count;
        if (_front is not null && _offset == _front.Count)
            NextPiece();
    }

    /// <summary>Puts the next piece behind what <see cref="Unread"/> shows; false when there is none.</summary>
    public bool Join()
    {
        if (_joinedEnd == _joinedStart)
        {
            // Only the remainder of a piece that has another behind it is copied.
            if (_front is null || _later.Count == 0)
                return false;
            AppendJoined(_front.ToReadOnlySpan()[_offset..]);
            NextPiece();
        }

        if (_front is null)
            return false;
        AppendJoined(_front.ToReadOnlySpan()[_offset..]);
        NextPiece();
        return true;
    }

    public void Clear()
    {
        _later.Clear();
        _front = null;
        _frontRented = null;
        _borrowed = default;
        _joined = [];
        _joinedStart = _joinedEnd = 0;
        Count = 0;
    }

    private void NextPiece()
    {
        if (_frontRented is not null)
            ArrayPool<byte>.Shared.Return(_frontRented);
        (_front, _frontRented) = _later.Count == 0 ? default : _later.Dequeue();
        _offset = 0;
    }

    private void Append(ByteString bytes, byte[]? rented)
    {
        if (bytes.IsEmpty)
            return;
        Count += bytes.Count;
        if (_front is null)
            (_front, _frontRented, _offset) = (bytes, rented, 0);
        else
            _later.Enqueue((bytes, rented));
    }

    private void AppendCopy(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < WorthRenting || BitOperations.RoundUpToPowerOf2((uint)bytes.Length) * 3L > bytes.Length * 4L)
        {
            Append(ByteString.FromBytes(bytes.ToArray()));
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        Append(ByteString.FromBytes(rented, 0, bytes.Length), rented);
    }

    private void AppendJoined(ReadOnlySpan<byte> bytes)
    {
        var length = _joinedEnd - _joinedStart;
        if (_joinedEnd + bytes.Length > _joined.Length)
        {
            var larger = _joined.Length >= (length + bytes.Length) * 2 ? _joined : new byte[Math.Max(256, (length + bytes.Length) * 2)];
            _joined.AsSpan(_joinedStart, length).CopyTo(larger);
            _joined = larger;
            _joinedStart = 0;
            _joinedEnd = length;
        }

        bytes.CopyTo(_joined.AsSpan(_joinedEnd));
        _joinedEnd += bytes.Length;
    }
}
