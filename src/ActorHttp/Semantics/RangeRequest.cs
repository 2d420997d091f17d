namespace ActorHttp.Semantics;

/// <summary>A range of bytes in a representation.</summary>
/// <param name="First">The position of the first byte, counted from 0.</param>
/// <param name="Length">The number of bytes.</param>
public readonly record struct ByteRange(long First, long Length)
{
    /// <summary>The position of the last byte, as in Content-Range (RFC 9110 §14.4).</summary>
    public long Last => First + Length - 1;
}

/// <summary>The result of applying a Range field to a representation.</summary>
public enum RangeOutcome
{
    /// <summary>The server answers 200, because the request has no Range field, or the server ignores the field.</summary>
    Whole,

    /// <summary>The server answers 206.</summary>
    Partial,

    /// <summary>The server answers 416.</summary>
    NotSatisfiable,
}

/// <summary>Evaluates range requests (RFC 9110 §14.1.2, §14.2).</summary>
public static class RangeRequest
{
    /// <summary>
    /// The maximum number of ranges in one field. A document viewer requests about a dozen; hundreds of ranges are usually an attack.
    /// A field with more ranges is ignored, like max_ranges in nginx. The server does not answer 416, because the ranges exist, and
    /// the whole representation is the best answer to an honest client.
    /// </summary>
    public const int MostRanges = 16;

    private const string Unit = "bytes=";

    /// <summary>Applies a Range field to a representation.</summary>
    /// <param name="rangeValue">The field's value; null when the field is absent.</param>
    /// <param name="representationLength">The length of the representation, in bytes.</param>
    /// <param name="ranges">
    /// The parts to send, in the order of the request. Parts that overlap or touch have been joined. Empty unless the result is
    /// <see cref="RangeOutcome.Partial"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static RangeOutcome Resolve(string? rangeValue, long representationLength, out ByteRange[] ranges)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(representationLength);
        ranges = [];

        // §14.2: "A server MAY ignore the Range header field." The server ignores a field with an unknown unit. The server also ignores
        // a field with a malformed member, because the intention of such a client is unclear. The comparison includes the "=",
        // because the grammar allows no blanks around the "=".
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

        // The grammar of a list allows blanks around its commas, but no blanks before its first member.
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

            // Skips empty members (RFC 9110 §5.6.1.2).
            if (spec.IsEmpty)
            {
                continue;
            }

            if (++asked > MostRanges || !TryResolve(spec, length, out var range, out var isSatisfiable))
            {
                return RangeOutcome.Whole;
            }

            // §14.1.2: for an empty representation a suffix range is "the only satisfiable form". The answer is 200 and not 206,
            // because Content-Range cannot express an empty range. The server also answers 200 to a range that starts at 0 when
            // the representation is empty. §14.2 allows the server to ignore the field, and nginx also answers 200. So a client
            // that sends bytes=0- as a test receives the empty file.
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

        // §14.1.2: a set is satisfiable when at least one member is satisfiable. The unsatisfiable members are dropped.
        return count > 0 ? RangeOutcome.Partial : RangeOutcome.NotSatisfiable;
    }

    // Adds a range, and joins it with all ranges that overlap or touch it. §15.3.7.2: "a server MAY coalesce any of the ranges
    // that overlap". The server always joins such ranges, so that no byte is sent twice. The parts stay "in the same order that
    // the corresponding range-spec appeared". A joined part has the position of its first range in that order.
    private static void Add(ByteRange range, Span<ByteRange> wanted, ref int count)
    {
        // The ranges in wanted do not touch each other, so one pass finds all ranges that the new range joins.
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

    // Returns false for a malformed member. The range has no bytes when the member is unsatisfiable, or when the representation
    // is empty.
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

        // §14.1.2: "a suffix-range with a non-zero suffix-length" is satisfiable. A suffix length of 0 also counts as satisfiable
        // when the representation is empty, so that the server answers 200.
        isSatisfiable = suffix > 0 || length == 0;
        var count = Math.Min(suffix, length);
        range = new ByteRange(length - count, count);
        return true;
    }

    // Parses 1*DIGIT. The number of digits has no limit: a value that does not fit in a long is beyond the end of any file.
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
