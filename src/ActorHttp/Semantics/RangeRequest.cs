namespace ActorHttp.Semantics;

/// <summary>A run of bytes in a representation, counted from 0.</summary>
internal readonly record struct ByteRange(long First, long Length)
{
    /// <summary>The position of the last byte, as Content-Range counts it (RFC 9110 §14.4).</summary>
    public long Last => First + Length - 1;
}

/// <summary>What a Range field asks of a representation.</summary>
internal enum RangeOutcome
{
    /// <summary>200: no range, or one we ignore.</summary>
    Whole,

    /// <summary>206.</summary>
    Partial,

    /// <summary>416.</summary>
    NotSatisfiable,
}

/// <summary>Range requests (RFC 9110 §14.1.2, §14.2).</summary>
internal static class RangeRequest
{
    /// <summary>
    /// The most ranges that one field may ask for. A viewer of documents asks for a dozen at once; hundreds are a way to
    /// make a server work for nothing. Past it the field is ignored and not refused, as nginx does with max_ranges: the
    /// ranges are there, so that 416 would not be true, and who does want them all is best served with the whole.
    /// </summary>
    public const int MostRanges = 16;

    private const string Unit = "bytes=";

    /// <summary>
    /// What to send of a representation of so many bytes. <paramref name="ranges"/> are the parts to send, in the order in
    /// which they were asked for, none of them overlapping or touching another; empty unless <see cref="RangeOutcome.Partial"/>.
    /// </summary>
    public static RangeOutcome Resolve(string? rangeValue, long representationLength, out ByteRange[] ranges)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(representationLength);
        ranges = [];

        // §14.2: "A server MAY ignore the Range header field." We do so for units we do not know and for what
        // breaks the grammar, if only in one member: what else such a client meant by it is anybody's guess.
        // The "=" is part of the comparison: the grammar has no blanks around it.
        if (rangeValue is null || !rangeValue.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return RangeOutcome.Whole;
        }

        Span<ByteRange> wanted = stackalloc ByteRange[MostRanges];
        var outcome = Resolve(rangeValue.AsSpan(Unit.Length), representationLength, wanted, out var count);
        if (outcome == RangeOutcome.Partial)
        {
            ranges = wanted[..count].ToArray();
        }

        return outcome;
    }

    // range-set = 1#range-spec
    private static RangeOutcome Resolve(ReadOnlySpan<char> set, long length, Span<ByteRange> wanted, out int count)
    {
        count = 0;

        // The list's grammar has blanks around its commas, none before its first member.
        if (set.IsEmpty || set[0] is ' ' or '\t')
        {
            return RangeOutcome.Whole;
        }

        var asked = 0;
        var isWhole = false;
        while (!set.IsEmpty)
        {
            var comma = set.IndexOf(',');
            var spec = (comma < 0 ? set : set[..comma]).Trim(" \t");
            set = comma < 0 ? default : set[(comma + 1)..];

            // RFC 9110 §5.6.1.2: empty members do not count.
            if (spec.IsEmpty)
            {
                continue;
            }

            if (++asked > MostRanges || !TryResolve(spec, length, out var range, out var isSatisfiable))
            {
                return RangeOutcome.Whole;
            }

            // §14.1.2: of nothing, the last bytes are "the only satisfiable form". But no Content-Range can name an
            // empty run, so it is a 200 and not a 206. What begins at 0 is whole too then: §14.2 lets us ignore the field,
            // nginx does, and a client that asks for bytes=0- to learn whether ranges work gets its empty file.
            isWhole |= isSatisfiable && range.Length == 0;
            if (range.Length > 0)
            {
                Add(range, wanted, ref count);
            }
        }

        if (asked == 0 || isWhole)
        {
            return RangeOutcome.Whole;
        }

        // §14.1.2: a set is satisfiable when one of its members is; the others are passed over.
        return count > 0 ? RangeOutcome.Partial : RangeOutcome.NotSatisfiable;
    }

    // §15.3.7.2: "a server MAY coalesce any of the ranges that overlap", and those with a gap smaller than the cost of a
    // part. We always do: no byte leaves twice, however often it is asked for. The parts stay "in the same order that
    // the corresponding range-spec appeared", which for several in one is the first of them.
    private static void Add(ByteRange range, Span<ByteRange> wanted, ref int count)
    {
        // Nothing in the table touches anything else in it, so that one pass finds all that the new one joins.
        var place = -1;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var other = wanted[i];
            if (range.First <= other.First + other.Length && other.First <= range.First + range.Length)
            {
                var first = Math.Min(range.First, other.First);
                range = new ByteRange(first, Math.Max(range.First + range.Length, other.First + other.Length) - first);
                if (place >= 0)
                {
                    continue;
                }

                place = kept;
            }

            wanted[kept++] = other;
        }

        count = place < 0 ? kept + 1 : kept;
        wanted[place < 0 ? kept : place] = range;
    }

    // False for what breaks the grammar. A range without bytes is one that cannot be satisfied, or the end of nothing.
    private static bool TryResolve(ReadOnlySpan<char> spec, long length, out ByteRange range, out bool isSatisfiable)
    {
        var dash = spec.IndexOf('-');
        (range, isSatisfiable) = (default, false);
        return dash switch
        {
            < 0 => false,
            0 => TryResolveSuffix(spec[1..], length, out range, out isSatisfiable),
            _ => TryResolvePositions(spec[..dash], spec[(dash + 1)..], length, out range, out isSatisfiable),
        };
    }

    // int-range = first-pos "-" [ last-pos ]
    private static bool TryResolvePositions(
        ReadOnlySpan<char> firstDigits, ReadOnlySpan<char> lastDigits, long length, out ByteRange range, out bool isSatisfiable)
    {
        (range, isSatisfiable) = (default, false);
        var last = long.MaxValue;
        if (!TryPosition(firstDigits, out var first) || (!lastDigits.IsEmpty && !TryPosition(lastDigits, out last)))
        {
            return false;
        }

        // §14.1.1: "An int-range is invalid if the last-pos value is present and less than the first-pos."
        if (last < first)
        {
            return false;
        }

        // §14.1.2: a last position beyond the end means "the remainder of the representation".
        isSatisfiable = first < length || (first == 0 && length == 0);
        range = isSatisfiable ? new ByteRange(first, Math.Min(last, length - 1) - first + 1) : default;
        return true;
    }

    // suffix-range = "-" suffix-length
    private static bool TryResolveSuffix(ReadOnlySpan<char> digits, long length, out ByteRange range, out bool isSatisfiable)
    {
        (range, isSatisfiable) = (default, false);
        if (!TryPosition(digits, out var suffix))
        {
            return false;
        }

        // §14.1.2: satisfiable is "a suffix-range with a non-zero suffix-length". The last 0 bytes of nothing are all of it.
        isSatisfiable = suffix > 0 || length == 0;
        var count = Math.Min(suffix, length);
        range = new ByteRange(length - count, count);
        return true;
    }

    // 1*DIGIT, as many as the peer likes: what does not fit in a long lies beyond every end.
    private static bool TryPosition(ReadOnlySpan<char> digits, out long position)
    {
        position = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            var digit = c - '0';
            position = position > (long.MaxValue - digit) / 10 ? long.MaxValue : (position * 10) + digit;
        }

        return !digits.IsEmpty;
    }
}
