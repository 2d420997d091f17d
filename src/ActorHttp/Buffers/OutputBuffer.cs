using System.Runtime.InteropServices;

namespace ActorHttp.Buffers;

/// <summary>
/// Bytes on their way out, in order. Heads and small bodies are written into one rented array; a large body joins as a
/// piece of its own, not copied. <see cref="Take"/> hands all of it over as one write; <see cref="Release"/> gives the
/// arrays of that write back once the socket has sent them.
/// </summary>
internal sealed class OutputBuffer
{
    // Above this a copy costs more than a second piece in the send call.
    private const int CopyAtMost = 16 * 1024;
    private const int InitialSize = 4096;

    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly List<byte[]> _rented = [];
    private readonly List<byte[]> _inFlight = [];

    // What most writes are taken as: used again once such a write is released.
    private ArraySegment<byte>[]? _onlyPiece;
    private bool _isTaken;
    private byte[]? _current;
    private int _start;
    private int _end;

    /// <summary>The number of bytes that wait to be taken.</summary>
    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>At least <paramref name="size"/> bytes to write into; <see cref="Advance"/> says how many were used.</summary>
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

    /// <summary>Adds bytes that stay unchanged until they are sent; large ones are not copied.</summary>
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

    /// <summary>All that waits, in order, as pieces of arrays which stay untouched until <see cref="Release"/>.</summary>
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

    /// <summary>What was taken has been sent: its rented arrays may serve again.</summary>
    public void Release()
    {
        foreach (var array in _inFlight)
            Resources.Return(array);
        _inFlight.Clear();
        _isTaken = false;
    }

    /// <summary>
    /// Nothing more is sent. The arrays of an unfinished write are left to the garbage collector: the socket may still read
    /// from them.
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
