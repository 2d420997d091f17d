namespace ActorHttp.Buffers;

/// <summary>
/// Bytes from the socket that are not read yet, in one buffer that grows with them. A client chooses how small its segments
/// are, so a segment has no object of its own: what is held depends on the bytes, not on how many segments they came in.
/// </summary>
internal sealed class ReceivedBytes
{
    private const int Smallest = 256;

    // The pool has powers of two only. Above this size the next one would be too far away, so the buffer is allocated.
    private const int LargestRented = 64 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    // Bytes in the transport's buffer, until Keep copies them.
    private ReadOnlyMemory<byte> _borrowed;

    /// <summary>The number of bytes not read yet.</summary>
    public int Count => _borrowed.Length + (_end - _start);

    /// <summary>The memory that is held for them, in bytes.</summary>
    public int Held => _buffer.Length;

    /// <summary>All bytes that are not read yet.</summary>
    public ReadOnlySpan<byte> Unread => _borrowed.IsEmpty ? _buffer.AsSpan(_start, _end - _start) : _borrowed.Span;

    /// <summary>Copies bytes behind those that are there.</summary>
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
    /// Shows bytes that are in the transport's buffer, because most are read before that is used again. The caller calls
    /// <see cref="Keep"/> before it is.
    /// </summary>
    public void Borrow(ReadOnlyMemory<byte> bytes)
    {
        if (Count > 0)
            Append(bytes.Span);
        else
            _borrowed = bytes;
    }

    /// <summary>Copies what is left of borrowed bytes.</summary>
    public void Keep()
    {
        if (_borrowed.IsEmpty)
            return;

        // Given back first: when there is no memory for the copy, the bytes are lost, and no other connection's bytes are
        // read in their place.
        var left = _borrowed;
        _borrowed = default;
        Append(left.Span);
    }

    /// <summary>Drops the first <paramref name="count"/> bytes. Spans of <see cref="Unread"/> must not be used any more.</summary>
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

    // Each byte is copied a bounded number of times, however the client cuts its bytes. A move leaves a fifth of the buffer
    // free, or the buffer grows by a quarter at least; so the next move or growth is that many bytes away.
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
                ? Resources.Rent(Math.Max(needed, Smallest))
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
