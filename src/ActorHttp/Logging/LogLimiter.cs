namespace ActorHttp.Logging;

/// <summary>A group of equal lines, of which only the first was written.</summary>
/// <param name="Key">The key that the lines share.</param>
/// <param name="Example">The first line.</param>
/// <param name="Count">The number of lines that were left out.</param>
internal sealed record LeftOut(LogKey Key, string Example, int Count);

/// <summary>
/// The key of a log line: lines with the same key are equal. The text is not part of the key, because a client may choose the
/// text.
/// </summary>
/// <param name="Source">The actor that the line is about.</param>
/// <param name="Kind">The kind of the line, such as an exception's type.</param>
/// <param name="Place">The place in the code that the line is about.</param>
internal readonly record struct LogKey(string Source, string Kind, string Place)
{
    /// <summary>The key that further lines share when a window has as many keys as it may have.</summary>
    public static readonly LogKey Other = new("", "", "");
}

/// <summary>
/// Decides which log lines are written. In each window of time the first line of a key passes, and the others are counted. A
/// window has at most <paramref name="mostKeys"/> keys, and all further lines share one more key. So the number of lines in a
/// window is bounded, whatever clients send. The limiter has no clock: its owner ends each window.
/// </summary>
internal sealed class LogLimiter(int mostKeys)
{
    private readonly Dictionary<LogKey, Lines> _keys = [];

    /// <summary>Whether no line has passed in this window.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Returns true when the line is to be written. Otherwise counts the line as left out.</summary>
    public bool Passes(LogKey key, string line)
    {
        if (_keys.TryGetValue(key, out var lines) || (_keys.Count >= mostKeys && _keys.TryGetValue(key = LogKey.Other, out lines)))
        {
            lines.LeftOut++;
            return false;
        }

        // The shared key is not one of the mostKeys keys.
        _keys[_keys.Count < mostKeys ? key : LogKey.Other] = new Lines(line);
        return true;
    }

    /// <summary>Ends the window and frees all keys. Returns how many lines were left out in the window, for each key.</summary>
    public IReadOnlyList<LeftOut> EndWindow()
    {
        var leftOut = _keys.Where(key => key.Value.LeftOut > 0).Select(
            key => new LeftOut(key.Key, key.Value.Example, key.Value.LeftOut)).ToList();
        _keys.Clear();
        return leftOut;
    }

    private sealed class Lines(string example)
    {
        public string Example { get; } = example;

        public int LeftOut { get; set; }
    }
}
