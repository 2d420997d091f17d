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

/// <summary>Range requests for one run of bytes (RFC 9110 §14.1.2, §14.2).</summary>
internal static class RangeRequest
{
    private const string Unit = "bytes=";

    /// <summary>
    /// What to send of a representation of so many bytes. <paramref name="range"/> is the part to send,
    /// all of it for <see cref="RangeOutcome.Whole"/>, nothing for <see cref="RangeOutcome.NotSatisfiable"/>.
    /// </summary>
    public static RangeOutcome Resolve(string? rangeValue, long representationLength, out ByteRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(representationLength);
        range = new ByteRange(0, representationLength);

        // §14.2: "A server MAY ignore the Range header field." We do so for units we do not know, for what
        // breaks the grammar, and for several ranges at once: multipart/byteranges costs more than it saves,
        // and overlapping ranges are a way to make a server send a file many times over.
        // The "=" is part of the comparison: the grammar has no blanks around it.
        if (rangeValue is null
            || !rangeValue.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)
            || !TryTakeOnly(rangeValue.AsSpan(Unit.Length), out var spec))
        {
            return RangeOutcome.Whole;
        }

        var dash = spec.IndexOf('-');
        if (dash < 0)
        {
            return RangeOutcome.Whole;
        }

        return dash == 0
            ? ResolveSuffix(spec[1..], ref range)
            : ResolvePositions(spec[..dash], spec[(dash + 1)..], ref range);
    }

    // int-range = first-pos "-" [ last-pos ]
    private static RangeOutcome ResolvePositions(
        ReadOnlySpan<char> firstDigits, ReadOnlySpan<char> lastDigits, ref ByteRange range)
    {
        var last = long.MaxValue;
        if (!TryPosition(firstDigits, out var first) || (!lastDigits.IsEmpty && !TryPosition(lastDigits, out last)))
        {
            return RangeOutcome.Whole;
        }

        // §14.1.1: "An int-range is invalid if the last-pos value is present and less than the first-pos."
        if (last < first)
        {
            return RangeOutcome.Whole;
        }

        if (first >= range.Length)
        {
            range = default;
            return RangeOutcome.NotSatisfiable;
        }

        // §14.1.2: a last position beyond the end means "the remainder of the representation".
        range = new ByteRange(first, Math.Min(last, range.Length - 1) - first + 1);
        return RangeOutcome.Partial;
    }

    // suffix-range = "-" suffix-length
    private static RangeOutcome ResolveSuffix(ReadOnlySpan<char> digits, ref ByteRange range)
    {
        if (!TryPosition(digits, out var suffix))
        {
            return RangeOutcome.Whole;
        }

        // §14.1.2: satisfiable is "a suffix-range with a non-zero suffix-length".
        if (suffix == 0)
        {
            range = default;
            return RangeOutcome.NotSatisfiable;
        }

        // §14.1.2: of nothing, the last bytes are "the only satisfiable form". But no Content-Range can name an
        // empty run, so it is a 200 and not a 206.
        if (range.Length == 0)
        {
            return RangeOutcome.Whole;
        }

        var length = Math.Min(suffix, range.Length);
        range = new ByteRange(range.Length - length, length);
        return RangeOutcome.Partial;
    }

    // The one member of the list. RFC 9110 §5.6.1.2: empty members do not count.
    private static bool TryTakeOnly(ReadOnlySpan<char> set, out ReadOnlySpan<char> only)
    {
        only = default;

        // The list's grammar has blanks around its commas, none before its first member.
        if (set.IsEmpty || set[0] is ' ' or '\t')
        {
            return false;
        }

        while (!set.IsEmpty)
        {
            var comma = set.IndexOf(',');
            var member = (comma < 0 ? set : set[..comma]).Trim(" \t");
            set = comma < 0 ? default : set[(comma + 1)..];
            if (member.IsEmpty)
            {
                continue;
            }

            if (!only.IsEmpty)
            {
                return false;
            }

            only = member;
        }

        return !only.IsEmpty;
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
