namespace ActorHttp.Protocol.Http1;

internal enum LineOutcome
{
    Unfinished,
    Complete,
    TooLong,
    BareLineFeed,
}

/// <summary>
/// Finds the next CRLF line, remembering how far it has looked: bytes that arrive one at a time are each searched once.
/// </summary>
internal struct LineScanner
{
    private int _scanned;

    /// <summary>
    /// Looks for the line that <paramref name="input"/> begins with. <paramref name="budget"/> is the most that line and
    /// CRLF may take together. A line over it is <see cref="LineOutcome.TooLong"/> as soon as that is certain, and the
    /// answer is the same however the bytes were split.
    /// </summary>
    public LineOutcome Next(ReadOnlySpan<byte> input, long budget, out ReadOnlySpan<byte> line, out int consumed)
    {
        line = default;
        consumed = 0;
        var found = input[_scanned..].IndexOf((byte)'\n');
        if (found < 0)
        {
            _scanned = input.Length;

            // The LF is still to come, so the line takes at least one byte more than we have.
            return input.Length >= budget ? LineOutcome.TooLong : LineOutcome.Unfinished;
        }

        var end = _scanned + found;
        _scanned = 0;
        if (end + 1 > budget)
            return LineOutcome.TooLong;
        if (end == 0 || input[end - 1] != '\r')
            return LineOutcome.BareLineFeed;
        line = input[..(end - 1)];
        consumed = end + 1;
        return LineOutcome.Complete;
    }
}
