namespace ActorHttp.Logging;

/// <summary>Equal lines of which only the first was written.</summary>
/// <param name="Key">What the lines have in common.</param>
/// <param name="Example">The first line.</param>
/// <param name="Count">How many lines were left out.</param>
internal sealed record LeftOut(LogKey Key, string Example, int Count);

/// <summary>What makes two log lines equal. The text is no part of it, because a client may choose the text.</summary>
/// <param name="Source">The actor that the line is about.</param>
/// <param name="Kind">The kind of the line, such as an exception's type.</param>
/// <param name="Place">Where in the code it happened.</param>
internal readonly record struct LogKey(string Source, string Kind, string Place)
{
    /// <summary>The key of all lines for which there is no key left.</summary>
    public static readonly LogKey Other = new("", "", "");
}

/// <summary>
/// Decides which log lines are written. In each window of time the first line of a key passes, and the others are counted.
/// There are at most <paramref name="mostKeys"/> keys in a window; all further lines share one key. So the number of lines in
/// a window is bounded, whatever clients send. It has no clock: its owner says when a window ends.
/// </summary>
internal sealed class LogLimiter(int mostKeys)
{
    private readonly Dictionary<LogKey, Lines> _keys = [];

    /// <summary>Whether nothing has passed in this window.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Whether this line is to be written; if not, it is counted.</summary>
    public bool Passes(LogKey key, string line)
    {
        if (_keys.TryGetValue(key, out var lines) || (_keys.Count >= mostKeys && _keys.TryGetValue(key = LogKey.Other, out lines)))
        {
            lines.LeftOut++;
            return false;
        }

        // The shared key comes on top of the others.
        _keys[_keys.Count < mostKeys ? key : LogKey.Other] = new Lines(line);
        return true;
    }

    /// <summary>Ends the window: what was left out in it, and every key is free again.</summary>
    public IReadOnlyList<LeftOut> EndWindow()
    {
        var leftOut = _keys.Where(key => key.Value.LeftOut > 0).Select(key => new LeftOut(key.Key, key.Value.Example, key.Value.LeftOut)).ToList();
        _keys.Clear();
        return leftOut;
    }

    private sealed class Lines(string example)
    {
        public string Example { get; } = example;

        public int LeftOut { get; set; }
    }
}
