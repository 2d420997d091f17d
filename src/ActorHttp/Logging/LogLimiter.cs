namespace ActorHttp.Logging;

/// <summary>A group of equal log lines. Only the first line of the group was written.</summary>
/// <param name="Key">The key that the lines share.</param>
/// <param name="Example">The first line.</param>
/// <param name="Count">The number of lines that were not written.</param>
internal sealed record LeftOut(LogKey Key, string Example, int Count);

/// <summary>
/// The key of a log line. Lines with the same key are equal. The text is not part of the key, because a client may control the
/// text. Otherwise a client could create any number of keys.
/// </summary>
/// <param name="Source">The actor that caused the line.</param>
/// <param name="Kind">The kind of the line, such as an exception's type.</param>
/// <param name="Place">The position in the code that caused the line; empty when the position is not part of the key.</param>
internal readonly record struct LogKey(string Source, string Kind, string Place)
{
    /// <summary>The common key of all further lines when a window already has its largest number of keys.</summary>
    public static readonly LogKey Other = new("", "", "");
}

/// <summary>
/// Decides which log lines are written. In each time window, the first line of a key is written, and the other lines of the key
/// are counted. A window has at most <paramref name="mostKeys"/> keys, and all further lines share one more key. So the number
/// of lines in a window is limited, whatever clients send. The limiter has no clock. Its owner ends each window.
/// </summary>
internal sealed class LogLimiter(int mostKeys)
{
    private readonly Dictionary<LogKey, Lines> _keys = [];

    /// <summary>Whether no line has been written in this window.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Returns true when the line must be written. Otherwise counts the line and returns false.</summary>
    public bool Passes(LogKey key, string line)
    {
        if (_keys.TryGetValue(key, out var lines) || (_keys.Count >= mostKeys && _keys.TryGetValue(key = LogKey.Other, out lines)))
        {
            lines.LeftOut++;
            return false;
        }

        // The common key is not counted in mostKeys.
        _keys[_keys.Count < mostKeys ? key : LogKey.Other] = new Lines(line);
        return true;
    }

    /// <summary>
    /// Ends the window and removes all keys. Returns, for each key, the number of lines that were not written in the window.
    /// </summary>
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
