namespace ActorHttp.Semantics;

/// <summary>The hash algorithms that we verify and answer with (RFC 9530 §5). The better liked first.</summary>
// The others of the registry are deprecated: "insecure", or no hashes at all.
internal enum DigestAlgorithm
{
    Sha256,
    Sha512,
}

/// <summary>A digest as a field states it.</summary>
internal readonly record struct Digest(DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Bytes);

/// <summary>Repr-Digest, Content-Digest and Want-Repr-Digest (RFC 9530).</summary>
internal static class DigestFields
{
    private const int Algorithms = (int)DigestAlgorithm.Sha512 + 1;
    private const int LongestDigest = 64;

    // RFC 9530 §4: "0 means 'not acceptable'", and 10 is the most preferred.
    private const int HighestPreference = 10;

    /// <summary>The algorithm's key (RFC 9530 §7.2).</summary>
    public static string Key(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => "sha-256",
        DigestAlgorithm.Sha512 => "sha-512",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Not a digest algorithm."),
    };

    /// <summary>The length of the algorithm's digests in bytes.</summary>
    public static int Length(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha512 => LongestDigest,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Not a digest algorithm."),
    };

    /// <summary>
    /// Reads Repr-Digest or Content-Digest (RFC 9530 §2, §3); false when the field is malformed. The digests of algorithms that
    /// are not ours are passed over, so that there may be none.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> value, out Digest[] digests)
    {
        digests = [];
        var found = new byte[Algorithms][];
        Span<byte> bytes = stackalloc byte[LongestDigest];
        var dictionary = new StructuredDictionary(value);
        while (dictionary.Read())
        {
            if (!dictionary.IsBytes)
            {
                return false;
            }

            // A length that is wrong counts only if no other digest of the algorithm comes behind it.
            if (TryParseKey(dictionary.Key, out var algorithm))
            {
                found[(int)algorithm] = dictionary.TryGetBytes(bytes, out var count) ? bytes[..count].ToArray() : [];
            }
        }

        for (var algorithm = DigestAlgorithm.Sha256; (int)algorithm < Algorithms; algorithm++)
        {
            if (dictionary.IsMalformed || (found[(int)algorithm] is { } digest && digest.Length != algorithm.Length()))
            {
                digests = [];
                return false;
            }

            if (found[(int)algorithm] is not null)
            {
                digests = [.. digests, new Digest(algorithm, found[(int)algorithm])];
            }
        }

        return true;
    }

    /// <summary>The value of Repr-Digest or Content-Digest for one digest.</summary>
    /// <exception cref="ArgumentException">The digest has not the algorithm's length.</exception>
    public static string Format(DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != algorithm.Length())
        {
            throw new ArgumentException($"A digest of {algorithm.Key()} has {algorithm.Length()} bytes, this one has {digest.Length}.", nameof(digest));
        }

        return $"{algorithm.Key()}=:{Convert.ToBase64String(digest)}:";
    }

    /// <summary>
    /// The algorithm that Want-Repr-Digest or Want-Content-Digest likes best among ours (RFC 9530 §4); null for none, and for a
    /// field that is absent or malformed: it is a wish, and no reason to refuse anything.
    /// </summary>
    public static DigestAlgorithm? Wanted(string? value)
    {
        Span<int> preferences = stackalloc int[Algorithms];
        preferences.Clear();
        var dictionary = new StructuredDictionary(value);
        while (dictionary.Read())
        {
            if (dictionary.IsBytes || dictionary.Integer is < 0 or > HighestPreference)
            {
                return null;
            }

            if (TryParseKey(dictionary.Key, out var algorithm))
            {
                preferences[(int)algorithm] = (int)dictionary.Integer;
            }
        }

        // Among equals the shorter: it says enough.
        if (dictionary.IsMalformed || preferences is [0, 0])
        {
            return null;
        }

        return preferences[(int)DigestAlgorithm.Sha512] > preferences[(int)DigestAlgorithm.Sha256]
            ? DigestAlgorithm.Sha512
            : DigestAlgorithm.Sha256;
    }

    private static bool TryParseKey(ReadOnlySpan<char> key, out DigestAlgorithm algorithm)
    {
        algorithm = key is "sha-512" ? DigestAlgorithm.Sha512 : DigestAlgorithm.Sha256;
        return key.SequenceEqual(algorithm.Key());
    }
}
