namespace ActorHttp.Protocol.Http1;

internal enum LineOutcome
{
    Unfinished,
    Complete,
    TooLong,
    BareLineFeed,
}

/// <summary>
/// Finds the next line that ends in CRLF. The scanner remembers the position of its search, so each byte is searched once, even
/// when bytes arrive one at a time.
/// </summary>
internal struct LineScanner
{
    private int _scanned;

    /// <summary>
    /// Finds the line at the start of <paramref name="input"/>. <paramref name="budget"/> is the maximum size of the line and its
    /// CRLF together, in bytes. The outcome is <see cref="LineOutcome.TooLong"/> as soon as the line must exceed the budget. The
    /// outcome does not depend on how the bytes are split into inputs.
    /// </summary>
    public LineOutcome Next(ReadOnlySpan<byte> input, long budget, out ReadOnlySpan<byte> line, out int consumed)
    {
        line = default;
        consumed = 0;
        var found = input[_scanned..].IndexOf((byte)'\n');
        if (found < 0)
        {
            _scanned = input.Length;

            // The input has no LF, so the complete line has at least one byte more than the input.
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
