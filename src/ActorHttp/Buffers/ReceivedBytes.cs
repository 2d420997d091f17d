namespace ActorHttp.Buffers;

/// <summary>
/// Holds the bytes from the socket that are not read yet, in one buffer that grows with their number. A client chooses the size
/// of its segments, so a segment has no object of its own. The memory depends on the number of bytes, and not on the number of
/// segments.
/// </summary>
internal sealed class ReceivedBytes
{
    private const int Smallest = 256;

    // The largest array that is rented, in bytes. The pool has powers of two only, so above this size a rented array could be
    // far too large.
    private const int LargestRented = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    // Bytes in the transport's buffer, until Keep copies them.
    private ReadOnlyMemory<byte> _borrowed;

    /// <summary>The number of bytes not read yet.</summary>
    public int Count => _borrowed.Length + (_end - _start);

    /// <summary>The size of the buffer in bytes.</summary>
    public int Held => _buffer.Length;

    /// <summary>All bytes that are not read yet.</summary>
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
    /// Adds bytes that are in the transport's buffer, without a copy if there are no others. Most of them are read before the
    /// transport uses its buffer again. The caller calls <see cref="Keep"/> before the transport does so.
    /// </summary>
    public void Borrow(ReadOnlyMemory<byte> bytes)
    {
        if (Count > 0)
            Append(bytes.Span);
        else
            _borrowed = bytes;
    }

    /// <summary>Copies the borrowed bytes that are not read yet.</summary>
    public void Keep()
    {
        if (_borrowed.IsEmpty)
            return;

        // Forgets the borrowed bytes before the copy. If there is no memory for the copy, these bytes are lost. If they were
        // still remembered then, the bytes of another connection would be read in their place.
        var left = _borrowed;
        _borrowed = default;
        Append(left.Span);
    }

    /// <summary>Drops the first <paramref name="count"/> bytes. Spans that <see cref="Unread"/> returned before are then invalid.</summary>
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

    // Makes room at the end of the buffer. Moves the bytes to the front if that leaves at least a fifth of the buffer free.
    // Otherwise takes a larger array: the next size of the pool, or a quarter more. So small segments do not make each byte move
    // many times.
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
