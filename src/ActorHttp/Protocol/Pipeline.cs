namespace ActorHttp.Protocol;

/// <summary>What the pipeline knows of a request: its number and whether it may run beside others.</summary>
internal abstract class PipelineSlot(long number, bool isSafe)
{
    public long Number { get; } = number;

    /// <summary>Whether the method is safe (RFC 9110 §9.2.1).</summary>
    public bool IsSafe { get; } = isSafe;

    /// <summary>Whether the request has been handed on.</summary>
    public bool IsDispatched { get; set; }
}

/// <summary>
/// The open requests of one connection in the order in which they arrived, which is the order of their answers
/// (RFC 9112 §9.3.2). Numbers are consecutive, so a slot is found by subtraction.
/// </summary>
internal sealed class Pipeline<TSlot>(int limit)
    where TSlot : PipelineSlot
{
    private readonly List<TSlot> _slots = new(1);

    public int Count => _slots.Count;

    public bool IsEmpty => _slots.Count == 0;

    public bool IsFull => _slots.Count >= limit;

    /// <summary>The only slot whose answer may be written.</summary>
    public TSlot? First => _slots.Count == 0 ? null : _slots[0];

    public TSlot? Last => _slots.Count == 0 ? null : _slots[^1];

    public IReadOnlyList<TSlot> Slots => _slots;

    public void Add(TSlot slot) => _slots.Add(slot);

    public TSlot? Find(long number)
    {
        if (_slots.Count == 0)
            return null;
        var index = number - _slots[0].Number;
        return index >= 0 && index < _slots.Count ? _slots[(int)index] : null;
    }

    /// <summary>
    /// Whether the last slot may be handed on now. RFC 9112 §9.3.2 lets safe requests run side by side; an unsafe one waits
    /// for all before it, and holds all behind it.
    /// </summary>
    public bool MayDispatchLast()
    {
        if (_slots.Count == 1)
            return true;
        if (!_slots[^1].IsSafe)
            return false;
        for (var i = _slots.Count - 2; i >= 0; i--)
        {
            if (!_slots[i].IsSafe)
                return false;
        }

        return true;
    }

    /// <summary>Whether the last slot still waits to be handed on; nothing behind it is read until then.</summary>
    public bool IsHeld => _slots.Count > 0 && !_slots[^1].IsDispatched;

    public void RemoveFirst() => _slots.RemoveAt(0);

    public void Clear() => _slots.Clear();
}
