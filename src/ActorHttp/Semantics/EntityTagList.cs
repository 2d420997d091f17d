namespace ActorHttp.Semantics;

/// <summary>The value of If-Match or If-None-Match: "*" or a list of tags (RFC 9110 §13.1.1, §13.1.2).</summary>
internal static class EntityTagList
{
    /// <summary>
    /// Whether the list names <paramref name="current"/> or one of its coded variants, by weak comparison;
    /// <paramref name="matched"/> is our tag for the representation it named first.
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

    /// <summary>Whether the list names <paramref name="current"/>, by strong comparison.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="current">The tag of the uncoded representation.</param>
    /// <param name="orVariant">Whether the tag of a coded variant will do as well.</param>
    public static bool MatchesStrong(string value, EntityTag current, bool orVariant = false)
    {
        var rest = value.AsSpan().Trim(" \t");
        if (rest is "*")
        {
            return true;
        }

        while (TryTakeMember(ref rest, out var opaque, out var isWeak))
        {
            // §13.1.1: strong, "since the client intends this precondition to prevent the method from being
            // applied if there have been any changes".
            if (!isWeak && !current.IsWeak && (opaque.SequenceEqual(current.Opaque) || (orVariant && IsVariant(opaque, current))))
            {
                return true;
            }
        }

        return false;
    }

    // Each tag of a variant begins with that of the file and ends with its coding. Between them may stand what tells one coded
    // file from another; the first part alone names the state of the file itself.
    private static bool IsVariant(ReadOnlySpan<char> opaque, EntityTag current) =>
        opaque.StartsWith(current.Opaque)
        && opaque[current.Opaque.Length..].StartsWith('-')
        && ContentCodings.TryParse(opaque[(opaque.LastIndexOf('-') + 1)..], out var coding)
        && coding != ContentCoding.Identity;

    // A client that was sent the gzip variant revalidates with its tag, whatever coding it asks for today.
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

    // A member that breaks the grammar ends the list. Skipping to the next comma would be a guess: behind a
    // stray quote nobody can tell a comma in a tag from a comma between tags.
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
