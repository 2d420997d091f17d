namespace ActorHttp.Semantics;

/// <summary>A name for the bytes of one representation (RFC 9110 §8.8.3).</summary>
/// <param name="Opaque">What stands between the quotes.</param>
/// <param name="IsWeak">Whether the tag promises equivalence only, not the same bytes.</param>
internal readonly record struct EntityTag(string Opaque, bool IsWeak)
{
    /// <summary>Reads one entity tag that fills the whole text (RFC 9110 §8.8.3).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EntityTag tag)
    {
        if (TryTake(ref text, out var opaque, out var isWeak) && text.IsEmpty)
        {
            tag = new EntityTag(opaque.ToString(), isWeak);
            return true;
        }

        tag = default;
        return false;
    }

    /// <summary>Takes one entity tag from the front of <paramref name="text"/>; allocates nothing.</summary>
    public static bool TryTake(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> opaque, out bool isWeak)
    {
        opaque = default;
        // §8.8.3: weak = %s"W/", the one place in a tag where "case-sensitive" is spelled out.
        isWeak = text.StartsWith("W/");
        var quoted = isWeak ? text[2..] : text;
        if (quoted.IsEmpty || quoted[0] != '"')
        {
            return false;
        }

        quoted = quoted[1..];
        var end = quoted.IndexOf('"');
        if (end < 0)
        {
            return false;
        }

        foreach (var c in quoted[..end])
        {
            // etagc = %x21 / %x23-7E / obs-text. No quoted-pair: a backslash is a character like any other.
            if (c is not ('!' or (>= '#' and <= '~') or (>= '\u0080' and <= '\u00FF')))
            {
                return false;
            }
        }

        opaque = quoted[..end];
        text = quoted[(end + 1)..];
        return true;
    }

    /// <summary>Whether both name the same bytes (RFC 9110 §8.8.3.2).</summary>
    public bool StrongEquals(EntityTag other) => !IsWeak && !other.IsWeak && WeakEquals(other);

    /// <summary>Whether both name equivalent representations (RFC 9110 §8.8.3.2).</summary>
    public bool WeakEquals(EntityTag other) => string.Equals(Opaque, other.Opaque, StringComparison.Ordinal);

    /// <summary>The tag of the same representation in a content coding.</summary>
    // §8.8.3.3: "Content codings are a property of the representation data, so a strong entity tag for a
    // content-encoded representation has to be distinct from the entity tag of an unencoded representation".
    public EntityTag For(ContentCoding coding) =>
        coding == ContentCoding.Identity ? this : this with { Opaque = $"{Opaque}-{coding.Token()}" };

    /// <summary>The tag as it stands in a field.</summary>
    public override string ToString() => IsWeak ? $"W/\"{Opaque}\"" : $"\"{Opaque}\"";
}
