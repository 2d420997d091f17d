namespace ActorHttp.Buffers;

/// <summary>
/// Holds the bytes from the socket that have not been read yet, in one buffer that grows when needed. A client chooses the size
/// of its TCP segments, and could send many small segments. So a segment has no object of its own, and the memory depends only
/// on the number of bytes.
/// </summary>
internal sealed class ReceivedBytes
{
    private const int Smallest = 256;

    // The size of the largest rented array, in bytes. The arrays of the pool have powers of two as sizes, so above this limit a
    // rented array could be much too large.
    private const int LargestRented = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    // The unread bytes that are in the transport's buffer. Keep copies these bytes to _buffer.
    private ReadOnlyMemory<byte> _borrowed;

    /// <summary>The number of bytes that have not been read yet.</summary>
    public int Count => _borrowed.Length + (_end - _start);

    /// <summary>The size of the buffer, in bytes.</summary>
    public int Held => _buffer.Length;

    /// <summary>All bytes that have not been read yet.</summary>
    public ReadOnlySpan<byte> Unread => _borrowed.IsEmpty ? _buffer.AsSpan(_start, _end - _start) : _borrowed.Span;

    /// <summary>Copies the bytes to the end of the buffer.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (bytes.Length > _buffer.Length - _end)
            MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>
    /// Adds bytes that are in the transport's buffer. The bytes are copied only if earlier bytes are still unread. Usually no
    /// copy is needed, because the bytes are read before the transport uses its buffer again. The caller must call
    /// <see cref="Keep"/> before the transport uses its buffer again.
    /// </summary>
    public void Borrow(ReadOnlyMemory<byte> bytes)
    {
        if (Count > 0)
            Append(bytes.Span);
        else
            _borrowed = bytes;
    }

    /// <summary>Copies the borrowed bytes that have not been read yet.</summary>
    public void Keep()
    {
        if (_borrowed.IsEmpty)
            return;

        // Forgets the borrowed bytes before the copy. If the copy fails for lack of memory, these bytes are lost. Without this
        // order, the object would still refer to the transport's buffer after such a failure. The buffer soon contains bytes of
        // another connection.
        var left = _borrowed;
        _borrowed = default;
        Append(left.Span);
    }

    /// <summary>
    /// Removes the first <paramref name="count"/> bytes. After this call, earlier spans of <see cref="Unread"/> are invalid.
    /// </summary>
    public void Consume(int count)
    {
        if (!_borrowed.IsEmpty)
        {
            _borrowed = _borrowed[count..];
            return;
        }

        _start += count;
        if (_start == _end)
            Release();
    }

    public void Clear()
    {
        _borrowed = default;
        Release();
    }

    // Makes room at the end of the buffer. If at least a fifth of the buffer stays free, moves the unread bytes to the front.
    // Otherwise moves the unread bytes to a larger array: of the next size in the pool, or a quarter larger than before. With
    // these steps, many small segments do not move each byte many times.
    private void MakeRoom(int more)
    {
        var count = _end - _start;
        var needed = count + more;
        if (needed <= _buffer.Length && count <= _buffer.Length - (_buffer.Length / 5))
        {
            _buffer.AsSpan(_start, count).CopyTo(_buffer);
        }
        else
        {
            var larger = needed <= LargestRented && _buffer.Length < LargestRented
                ? Resources.Rent(Math.Max(Math.Max(needed, _buffer.Length + 1), Smallest))
                : GC.AllocateUninitializedArray<byte>(Math.Max(needed, _buffer.Length + (_buffer.Length / 4)));
            _buffer.AsSpan(_start, count).CopyTo(larger);
            Release();
            _buffer = larger;
        }

        _start = 0;
        _end = count;
    }

    private void Release()
    {
        if (_buffer.Length is > 0 and <= LargestRented)
            Resources.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }
}
