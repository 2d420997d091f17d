namespace ActorHttp.Files.Listings;

/// <summary>The order that people expect of names: without regard to case, and <c>a2</c> before <c>a10</c>.</summary>
internal static class NameOrder
{
    public static int Compare(string a, string b)
    {
        var order = CompareLoosely(a, b);

        // "A" and "a", "1" and "01": different names have a place of their own.
        return order != 0 ? order : string.CompareOrdinal(a, b);
    }

    private static int CompareLoosely(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (!a.IsEmpty && !b.IsEmpty)
        {
            int order;
            if (char.IsAsciiDigit(a[0]) && char.IsAsciiDigit(b[0]))
            {
                order = CompareNumbers(TakeNumber(ref a), TakeNumber(ref b));
            }
            else
            {
                order = char.ToUpperInvariant(a[0]) - char.ToUpperInvariant(b[0]);
                a = a[1..];
                b = b[1..];
            }

            if (order != 0)
                return order;
        }

        return a.Length - b.Length;
    }

    // Of any length, so not as numbers of the machine: without leading zeros the longer one is the larger.
    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b) =>
        a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);

    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var number = end < 0 ? text : text[..end];
        text = text[number.Length..];
        return number.TrimStart('0');
    }
}
