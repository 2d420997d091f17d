using ActorHttp.Fields;

namespace ActorHttp.Semantics;

/// <summary>Selects a media type by the Accept field (RFC 9110 §12.5.1).</summary>
public static class Accept
{
    /// <summary>
    /// Returns the index of the offer that the client prefers, or -1 when the client accepts no offer (RFC 9110 §12.5.1). The
    /// offer with the highest weight wins. Among offers with equal weight, the first one wins.
    /// </summary>
    /// <param name="accept">The field's value; null when the field is absent.</param>
    /// <param name="offers">The media types that the server can send, the best first. Parameters of an offer are ignored.</param>
    public static int Select(string? accept, ReadOnlySpan<string> offers)
    {
        // §12.4.1: a request without the field "implies that the sender has no preference". The method treats a field without a
        // valid member in the same way.
        if (!HasMember(accept))
        {
            return offers.IsEmpty ? -1 : 0;
        }

        var selected = -1;
        var highest = 0;
        for (var i = 0; i < offers.Length; i++)
        {
            var weight = WeightOf(offers[i], accept);
            if (weight > highest)
            {
                (selected, highest) = (i, weight);
            }
        }

        return selected;
    }

    private static bool HasMember(ReadOnlySpan<char> accept)
    {
        while (!accept.IsEmpty)
        {
            if (TryParse(TakeUntil(',', ref accept), out _, out _))
            {
                return true;
            }
        }

        return false;
    }

    // Returns the weight of an offer. §12.5.1: "the most specific reference has precedence", and not the range with the highest
    // weight. Uses the highest weight of several equal ranges, so that the order of the field lines does not matter.
    private static int WeightOf(ReadOnlySpan<char> offer, ReadOnlySpan<char> accept)
    {
        offer = TakeUntil(';', ref offer);
        var weight = 0;
        var precedence = Precedence.None;
        while (!accept.IsEmpty)
        {
            // Ignores a malformed member.
            if (!TryParse(TakeUntil(',', ref accept), out var range, out var itsWeight))
            {
                continue;
            }

            var itsPrecedence = Match(range, offer);
            if (itsPrecedence == Precedence.None || itsPrecedence < precedence)
            {
                continue;
            }

            weight = itsPrecedence > precedence ? itsWeight : Math.Max(weight, itsWeight);
            precedence = itsPrecedence;
        }

        return weight;
    }

    private static Precedence Match(ReadOnlySpan<char> range, ReadOnlySpan<char> offer)
    {
        if (range is "*/*")
        {
            return Precedence.Any;
        }

        if (range.EndsWith("/*"))
        {
            return offer.StartsWith(range[..^1], StringComparison.OrdinalIgnoreCase) ? Precedence.Type : Precedence.None;
        }

        return offer.Equals(range, StringComparison.OrdinalIgnoreCase) ? Precedence.Exact : Precedence.None;
    }

    // media-range [ weight ], where media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
    private static bool TryParse(ReadOnlySpan<char> member, out ReadOnlySpan<char> range, out int weight)
    {
        weight = Weight.Full;
        range = TakeUntil(';', ref member);
        var slash = range.IndexOf('/');
        if (slash < 0 || !FieldSyntax.IsToken(range[..slash]) || !FieldSyntax.IsToken(range[(slash + 1)..])
            || (range[0] == '*' && range is not "*/*"))
        {
            return false;
        }

        // Ignores all parameters except q. The other parameters would select one variant of a media type: the server offers one
        // variant only. §12.5.1: "Recipients SHOULD process any parameter named "q" as weight, regardless of parameter ordering."
        var isWeighed = false;
        while (!member.IsEmpty)
        {
            var parameter = TakeUntil(';', ref member);
            if (!parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (isWeighed || !Weight.TryParse(parameter, out weight))
            {
                return false;
            }

            isWeighed = true;
        }

        return true;
    }

    // Removes the text up to the separator, or up to the end, from the rest, together with the separator. Returns the text without
    // the blanks around it. A separator inside quotes does not count. An unclosed quote extends to the end.
    private static ReadOnlySpan<char> TakeUntil(char separator, scoped ref ReadOnlySpan<char> rest)
    {
        var isQuoted = false;
        var end = 0;
        for (; end < rest.Length && (isQuoted || rest[end] != separator); end++)
        {
            if (rest[end] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (isQuoted && rest[end] == '\\')
            {
                end++;
            }
        }

        end = Math.Min(end, rest.Length);
        var taken = rest[..end].Trim(" \t");
        rest = end < rest.Length ? rest[(end + 1)..] : default;
        return taken;
    }

    private enum Precedence
    {
        None,
        Any,
        Type,
        Exact,
    }
}
