namespace ActorHttp.Files.Listings;

/// <summary>Orders names as users expect: the comparison ignores case, and <c>a2</c> comes before <c>a10</c>.</summary>
internal static class NameOrder
{
    public static int Compare(string a, string b)
    {
        var order = CompareLoosely(a, b);

        // Names such as "A" and "a", or "1" and "01", are equal until here, but different names need a fixed order.
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

    // Compares the digits and not the values, because a number can have any length. Leading zeros are removed, so the number with
    // more digits is larger.
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
