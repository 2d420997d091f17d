namespace ActorHttp.Semantics;

/// <summary>An entity tag, which identifies the bytes of one representation (RFC 9110 §8.8.3).</summary>
/// <param name="Opaque">The text between the quotes.</param>
/// <param name="IsWeak">Whether equal tags mean equivalent representations only, and not the same bytes.</param>
public readonly record struct EntityTag(string Opaque, bool IsWeak)
{
    /// <summary>Parses a text that is exactly one entity tag (RFC 9110 §8.8.3).</summary>
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

    /// <summary>Parses and removes one entity tag at the start of <paramref name="text"/>, without an allocation.</summary>
    internal static bool TryTake(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> opaque, out bool isWeak)
    {
        opaque = default;
        // §8.8.3: weak = %s"W/", which is case-sensitive.
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
            // etagc = %x21 / %x23-7E / obs-text. A tag has no quoted-pairs, so a backslash has no special meaning.
            if (c is not ('!' or (>= '#' and <= '~') or (>= '\u0080' and <= '\u00FF')))
            {
                return false;
            }
        }

        opaque = quoted[..end];
        text = quoted[(end + 1)..];
        return true;
    }

    /// <summary>Whether both tags identify the same bytes: the strong comparison (RFC 9110 §8.8.3.2).</summary>
    public bool StrongEquals(EntityTag other) => !IsWeak && !other.IsWeak && WeakEquals(other);

    /// <summary>Whether both tags identify equivalent representations: the weak comparison (RFC 9110 §8.8.3.2).</summary>
    public bool WeakEquals(EntityTag other) => string.Equals(Opaque, other.Opaque, StringComparison.Ordinal);

    /// <summary>Returns the tag of the same representation in a content coding.</summary>
    // §8.8.3.3: "Content codings are a property of the representation data, so a strong entity tag for a
    // content-encoded representation has to be distinct from the entity tag of an unencoded representation".
    public EntityTag For(ContentCoding coding) =>
        coding == ContentCoding.Identity ? this : this with { Opaque = $"{Opaque}-{coding.Token()}" };

    /// <summary>Returns the tag in the syntax of a field.</summary>
    public override string ToString() => IsWeak ? $"W/\"{Opaque}\"" : $"\"{Opaque}\"";
}
