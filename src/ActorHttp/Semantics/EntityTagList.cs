namespace ActorHttp.Semantics;

/// <summary>Evaluates the value of If-Match or If-None-Match: "*" or a list of tags (RFC 9110 §13.1.1, §13.1.2).</summary>
internal static class EntityTagList
{
    /// <summary>
    /// Whether the list contains <paramref name="current"/> or the tag of a coded variant, by weak comparison.
    /// <paramref name="matched"/> is the server's tag for the first member of the list that matches.
    /// </summary>
    public static bool TryMatchWeak(string value, EntityTag current, out EntityTag matched)
    {
        matched = current;
        var rest = value.AsSpan().Trim(" \t");
        if (rest is "*")
        {
            return true;
        }

        while (TryTakeMember(ref rest, out var opaque, out _))
        {
            if (TryFindVariant(opaque, current, out matched))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the list contains <paramref name="current"/>, by strong comparison.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="current">The tag of the uncoded representation.</param>
    /// <param name="orVariant">Whether the tag of a coded variant is also a match.</param>
    public static bool MatchesStrong(string value, EntityTag current, bool orVariant = false)
    {
        var rest = value.AsSpan().Trim(" \t");
        if (rest is "*")
        {
            return true;
        }

        while (TryTakeMember(ref rest, out var opaque, out var isWeak))
        {
            // §13.1.1 requires the strong comparison, "since the client intends this precondition to prevent the method from being
            // applied if there have been any changes".
            if (!isWeak && !current.IsWeak && (opaque.SequenceEqual(current.Opaque) || (orVariant && IsVariant(opaque, current))))
            {
                return true;
            }
        }

        return false;
    }

    // Whether a tag belongs to a coded variant. The tag of a variant starts with the tag of the file and ends with the name of
    // the coding. A text between the tag and the name may distinguish coded files. The method ignores that text, because the tag
    // of the file alone identifies the state of the file.
    private static bool IsVariant(ReadOnlySpan<char> opaque, EntityTag current) =>
        opaque.StartsWith(current.Opaque)
        && opaque[current.Opaque.Length..].StartsWith('-')
        && ContentCodings.TryParse(opaque[(opaque.LastIndexOf('-') + 1)..], out var coding)
        && coding != ContentCoding.Identity;

    // Returns the server's tag for a tag of the list. A client that has the gzip variant revalidates with the tag of that variant,
    // even when its new request asks for another coding.
    private static bool TryFindVariant(ReadOnlySpan<char> opaque, EntityTag current, out EntityTag variant)
    {
        variant = current;
        if (!opaque.StartsWith(current.Opaque))
        {
            return false;
        }

        var suffix = opaque[current.Opaque.Length..];
        if (suffix.IsEmpty)
        {
            return true;
        }

        for (var coding = ContentCoding.Identity + 1; (int)coding < ContentCodings.Count; coding++)
        {
            if (suffix[0] == '-' && suffix[1..].SequenceEqual(coding.Token()))
            {
                variant = current.For(coding);
                return true;
            }
        }

        return false;
    }

    // Removes the next member of the list. A malformed member ends the list. The parser does not skip to the next comma, because
    // after a stray quote a comma may be inside a tag or between tags.
    private static bool TryTakeMember(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> opaque, out bool isWeak)
    {
        // RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
        rest = rest.TrimStart(" \t,");
        if (!EntityTag.TryTake(ref rest, out opaque, out isWeak))
        {
            return false;
        }

        rest = rest.TrimStart(" \t");
        return rest.IsEmpty || rest[0] == ',';
    }
}
