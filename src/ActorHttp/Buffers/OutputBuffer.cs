using System.Runtime.InteropServices;

namespace ActorHttp.Buffers;

/// <summary>
/// Collects bytes for the socket, in order. Heads and small bodies are copied into one rented array. A large body becomes a
/// piece of its own and is not copied. <see cref="Take"/> returns all bytes for one write. <see cref="Release"/> returns the
/// arrays of that write to the pool when the socket has taken the bytes.
/// </summary>
internal sealed class OutputBuffer
{
    // The size in bytes of the largest body that is copied. For a larger body, a copy costs more than a second piece in the
    // send call.
    private const int CopyAtMost = 16 * 1024;
    private const int InitialSize = 4096;

    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly List<byte[]> _rented = [];
    private readonly List<byte[]> _inFlight = [];

    // The result of Take when there is one piece, as in most writes. The array is used again after Release.
    private ArraySegment<byte>[]? _onlyPiece;
    private bool _isTaken;
    private byte[]? _current;
    private int _start;
    private int _end;

    /// <summary>The number of bytes that wait for <see cref="Take"/>.</summary>
    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>
    /// Returns at least <paramref name="size"/> bytes to write into. The caller then reports with <see cref="Advance"/> how
    /// many bytes it has written.
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

    /// <summary>Adds the bytes of a body. The bytes must not change until they are sent, because a large body is not copied.</summary>
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

    /// <summary>Returns all waiting bytes in order, as pieces of arrays. The arrays stay unchanged until <see cref="Release"/>.</summary>
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

    /// <summary>Returns the rented arrays of the last write to the pool. Called when the socket has taken all bytes of the write.</summary>
    public void Release()
    {
        foreach (var array in _inFlight)
            Resources.Return(array);
        _inFlight.Clear();
        _isTaken = false;
    }

    /// <summary>
    /// Drops all bytes, because nothing more is sent. Leaves the arrays of an unfinished write to the garbage collector,
    /// because the socket may still read from them.
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
