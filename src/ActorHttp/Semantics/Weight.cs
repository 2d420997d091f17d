namespace ActorHttp.Semantics;

/// <summary>Parses the weight of an alternative in a negotiation field (RFC 9110 §12.4.2), in thousandths.</summary>
// §12.4.2 allows three decimals, so an integer number of thousandths is exact.
internal static class Weight
{
    /// <summary>The highest weight, which is also the default when the client gives no weight.</summary>
    public const int Full = 1000;

    /// <summary>
    /// Parses a text that is exactly one weight parameter, including the name <c>q</c>. The weight 0 means "not acceptable".
    /// </summary>
    // weight = "q=" ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
    public static bool TryParse(ReadOnlySpan<char> text, out int weight)
    {
        weight = 0;
        if (text.Length is < 3 or > 7 || text[0] is not ('q' or 'Q') || text[1] != '=' || text[2] is not ('0' or '1'))
        {
            return false;
        }

        weight = (text[2] - '0') * Full;
        if (text.Length > 3 && text[3] != '.')
        {
            return false;
        }

        var unit = Full;
        for (var i = 4; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                return false;
            }

            unit /= 10;
            weight += (text[i] - '0') * unit;
        }

        return weight <= Full;
    }
}
