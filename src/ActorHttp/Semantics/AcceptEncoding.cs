namespace ActorHttp.Semantics;

/// <summary>Selects a content coding by the Accept-Encoding field (RFC 9110 §12.5.3).</summary>
public static class AcceptEncoding
{
    private const int Unranked = -1;

    /// <summary>
    /// Returns the coding for the answer, or null when the client accepts none of the available codings (RFC 9110 §12.5.3). The
    /// coding with the highest weight wins. Among codings with equal weight, the first in <paramref name="preference"/> wins.
    /// </summary>
    /// <param name="value">The field's value; null when the field is absent.</param>
    /// <param name="preference">The codings that the server can produce, the best first.</param>
    /// <param name="identityPreferred">
    /// Whether identity wins against other codings with equal weight. If false, identity loses. When the client gives identity no
    /// weight, identity ranks first if this parameter is true, and last otherwise.
    /// </param>
    public static ContentCoding? Select(
        string? value, ReadOnlySpan<ContentCoding> preference, bool identityPreferred = false)
    {
        // §12.5.3: without the field "any content coding is considered acceptable", but a client that does not send the field may
        // be unable to decode any coding. A client with an empty field "does not want any content coding".
        if (string.IsNullOrEmpty(value))
        {
            return ContentCoding.Identity;
        }

        Span<int> weights = stackalloc int[ContentCodings.Count];
        weights.Fill(Unranked);
        var others = Unranked;
        for (ReadOnlySpan<char> rest = value; !rest.IsEmpty;)
        {
            var comma = rest.IndexOf(',');
            var member = (comma < 0 ? rest : rest[..comma]).Trim(" \t");
            rest = comma < 0 ? default : rest[(comma + 1)..];

            // Ignores a malformed member, because every coding is optional.
            if (!TrySplit(member, out var name, out var weight))
            {
                continue;
            }

            // Uses the highest weight of several members with the same name, so that the order of the field lines does not
            // matter.
            if (name is "*")
            {
                others = Math.Max(others, weight);
            }
            else if (ContentCodings.TryParse(name, out var coding))
            {
                weights[(int)coding] = Math.Max(weights[(int)coding], weight);
            }
        }

        return Select(weights, others, preference, identityPreferred);
    }

    private static ContentCoding? Select(
        ReadOnlySpan<int> weights, int others, ReadOnlySpan<ContentCoding> preference, bool identityPreferred)
    {
        // §12.5.3: "*" matches "any available content coding not explicitly listed", identity included.
        var identity = weights[(int)ContentCoding.Identity];
        identity = identity == Unranked ? others : identity;
        var unrankedIdentity = identity == Unranked;
        if (unrankedIdentity && identityPreferred)
        {
            identity = Weight.Full;
        }

        ContentCoding? selected = null;
        var highest = 0;
        if (identityPreferred && identity > 0)
        {
            (selected, highest) = (ContentCoding.Identity, identity);
        }

        foreach (var coding in preference)
        {
            var weight = weights[(int)coding];
            weight = weight == Unranked ? others : weight;
            if (weight > highest && coding != ContentCoding.Identity)
            {
                (selected, highest) = (coding, weight);
            }
        }

        if (identity > highest)
        {
            selected = ContentCoding.Identity;
        }

        // §12.5.3: identity "is acceptable by default unless specifically excluded".
        return selected ?? (unrankedIdentity ? ContentCoding.Identity : null);
    }

    // codings [ OWS ";" OWS "q=" qvalue ]
    private static bool TrySplit(ReadOnlySpan<char> member, out ReadOnlySpan<char> name, out int weight)
    {
        weight = Weight.Full;
        var semicolon = member.IndexOf(';');
        if (semicolon < 0)
        {
            name = member;
            return true;
        }

        name = member[..semicolon].TrimEnd(" \t");
        return Weight.TryParse(member[(semicolon + 1)..].TrimStart(" \t"), out weight);
    }
}
