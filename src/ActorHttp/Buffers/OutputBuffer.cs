using System.Runtime.InteropServices;

namespace ActorHttp.Buffers;

/// <summary>
/// Collects bytes for the socket, in order. Heads and small bodies are copied into one rented array. A large body is not copied
/// and becomes a separate piece. <see cref="Take"/> returns all bytes for one write. When the socket has accepted all bytes of
/// this write, <see cref="Release"/> returns the rented arrays to the pool.
/// </summary>
internal sealed class OutputBuffer
{
    // The size of the largest body that is copied, in bytes. For a larger body, a copy costs more than a second piece in the
    // send call.
    private const int CopyAtMost = 16 * 1024;
    private const int InitialSize = 4096;

    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly List<byte[]> _rented = [];
    private readonly List<byte[]> _inFlight = [];

    // The array that Take returns when the output has only one piece, as in most writes. The array is reused after Release.
    private ArraySegment<byte>[]? _onlyPiece;
    private bool _isTaken;
    private byte[]? _current;
    private int _start;
    private int _end;

    /// <summary>The number of bytes that the next <see cref="Take"/> returns.</summary>
    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>
    /// Returns a span of at least <paramref name="size"/> bytes for the caller's output. After writing to the span, the caller
    /// passes the number of written bytes to <see cref="Advance"/>.
    /// </summary>
    public Span<byte> GetSpan(int size)
    {
        if (_current is null || _current.Length - _end < size)
        {
            ClosePiece();
            _current = Resources.Rent(Math.Max(size, InitialSize));
            _rented.Add(_current);
            _start = _end = 0;
        }

        return _current.AsSpan(_end);
    }

    public void Advance(int count)
    {
        _end += count;
        Count += count;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>
    /// Adds the bytes of a body. The caller must not change the bytes until they are sent, because a large body is not copied.
    /// </summary>
    public void WriteBody(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= CopyAtMost || !MemoryMarshal.TryGetArray(bytes, out var segment))
        {
            Write(bytes.Span);
            return;
        }

        ClosePiece();
        _pieces.Add(segment);
        Count += segment.Count;
    }

    /// <summary>
    /// Returns all collected bytes in order, as pieces of arrays. The arrays stay unchanged until <see cref="Release"/> is
    /// called.
    /// </summary>
    public ArraySegment<byte>[] Take()
    {
        ClosePiece();
        _current = null;
        ArraySegment<byte>[] pieces;
        if (_pieces.Count == 1 && !_isTaken)
        {
            pieces = _onlyPiece ??= new ArraySegment<byte>[1];
            pieces[0] = _pieces[0];
        }
        else
        {
            pieces = [.. _pieces];
        }

        _isTaken = true;
        _pieces.Clear();
        _inFlight.AddRange(_rented);
        _rented.Clear();
        Count = 0;
        return pieces;
    }

    /// <summary>
    /// Returns the rented arrays of the last write to the pool. Called when the socket has accepted all bytes of the write.
    /// </summary>
    public void Release()
    {
        foreach (var array in _inFlight)
            Resources.Return(array);
        _inFlight.Clear();
        _isTaken = false;
    }

    /// <summary>
    /// Drops all bytes, because the connection sends nothing more. The socket may still read from the arrays of an unfinished
    /// write, so these arrays do not return to the pool. The garbage collector frees these arrays.
    /// </summary>
    public void Abandon()
    {
        foreach (var array in _inFlight)
            Resources.Leave(array);
        _inFlight.Clear();
        foreach (var array in _rented)
            Resources.Return(array);
        _rented.Clear();
        _pieces.Clear();
        _current = null;
        Count = 0;
    }

    private void ClosePiece()
    {
        if (_current is null || _end == _start)
            return;
        _pieces.Add(new ArraySegment<byte>(_current, _start, _end - _start));
        _start = _end;
    }
}
