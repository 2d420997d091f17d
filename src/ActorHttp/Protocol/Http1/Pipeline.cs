namespace ActorHttp.Protocol.Http1;

/// <summary>
/// The part of an open request that the pipeline needs: the number of the request, and whether the request may run in parallel
/// with other requests.
/// </summary>
internal abstract class PipelineSlot(long number, bool isSafe)
{
    public long Number { get; } = number;

    /// <summary>Whether the method is safe (RFC 9110 §9.2.1).</summary>
    public bool IsSafe { get; } = isSafe;

    /// <summary>Whether the request has been sent to the router, or needs no handler.</summary>
    public bool IsDispatched { get; private set; }

    /// <summary>Records that the request has been sent to the router, or needs no handler.</summary>
    public void NoteDispatched() => IsDispatched = true;
}

/// <summary>
/// The open requests of one connection in the order of arrival, which is also the order of their answers (RFC 9112 §9.3.2). The
/// numbers of the requests are consecutive, so the index of a slot is its number minus the number of the first slot.
/// </summary>
internal sealed class Pipeline<TSlot>(int limit)
    where TSlot : PipelineSlot
{
    // A ring buffer, so that removing the first slot does not move the other slots. The length is a power of two, and 1 at first,
    // because most connections never have two open requests.
    private TSlot?[] _slots = new TSlot?[1];
    private int _first;
    private int _unsafe;

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    public bool IsFull => Count >= limit;

    /// <summary>The first slot, the only one whose answer may be written; null when the pipeline is empty.</summary>
    public TSlot? First => Count == 0 ? null : this[0];

    public TSlot? Last => Count == 0 ? null : this[Count - 1];

    /// <summary>The slot at this position, counted from 0 for the first.</summary>
    public TSlot this[int index] => _slots[(_first + index) & (_slots.Length - 1)]!;

    public void Add(TSlot slot)
    {
        if (Count == _slots.Length)
            Grow();
        _slots[(_first + Count++) & (_slots.Length - 1)] = slot;
        _unsafe += slot.IsSafe ? 0 : 1;
    }

    public TSlot? Find(long number)
    {
        if (First is not { } first)
            return null;
        var index = number - first.Number;
        return index >= 0 && index < Count ? this[(int)index] : null;
    }

    /// <summary>
    /// Whether the last request may be sent to the router now. RFC 9112 §9.3.2 allows safe requests to run in parallel. An unsafe
    /// request waits for all requests before it, and all requests after it wait for it.
    /// </summary>
    public bool MayDispatchLast() => Count == 1 || _unsafe == 0;

    /// <summary>
    /// Whether the last request still waits to be sent to the router. While the last request waits, the connection reads no
    /// further request.
    /// </summary>
    public bool IsHeld => Last is { IsDispatched: false };

    public void RemoveFirst()
    {
        _unsafe -= this[0].IsSafe ? 0 : 1;
        _slots[_first] = null;
        _first = (_first + 1) & (_slots.Length - 1);
        Count--;
    }

    public void Clear()
    {
        Array.Clear(_slots);
        _first = Count = _unsafe = 0;
    }

    private void Grow()
    {
        var larger = new TSlot?[_slots.Length * 2];
        for (var i = 0; i < Count; i++)
            larger[i] = this[i];
        _slots = larger;
        _first = 0;
    }
}
