namespace ActorHttp.Semantics;

/// <summary>The hash algorithms that the server verifies and sends (RFC 9530 §5), in order of preference.</summary>
// The IANA registry deprecates all other algorithms, because they are insecure hashes or only checksums.
public enum DigestAlgorithm
{
    /// <summary>SHA-256: 32 bytes.</summary>
    Sha256,

    /// <summary>SHA-512: 64 bytes.</summary>
    Sha512,
}

/// <summary>A digest from a digest field.</summary>
/// <param name="Algorithm">The hash algorithm.</param>
/// <param name="Bytes">The hash.</param>
public readonly record struct Digest(DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Bytes);

/// <summary>Parses and writes Repr-Digest and Content-Digest, and parses Want-Repr-Digest (RFC 9530).</summary>
public static class DigestFields
{
    private const int Algorithms = (int)DigestAlgorithm.Sha512 + 1;
    private const int LongestDigest = 64;

    // RFC 9530 §4: "0 means 'not acceptable'", and 10 is the most preferred.
    private const int HighestPreference = 10;

    /// <summary>Returns the algorithm's key in the fields (RFC 9530 §7.2).</summary>
    public static string Key(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => "sha-256",
        DigestAlgorithm.Sha512 => "sha-512",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Not a digest algorithm."),
    };

    /// <summary>Returns the length of the algorithm's digests, in bytes.</summary>
    public static int Length(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha512 => LongestDigest,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Not a digest algorithm."),
    };

    /// <summary>
    /// Parses Repr-Digest or Content-Digest (RFC 9530 §2, §3). Returns false for a malformed field. Digests of unknown algorithms are
    /// skipped, so <paramref name="digests"/> may be empty.
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

            // A later digest of the same algorithm replaces an earlier digest. So only the last digest must have the right
            // length.
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

    /// <summary>Returns the value of Repr-Digest or Content-Digest for one digest.</summary>
    /// <exception cref="ArgumentException">The length of the digest does not fit the algorithm.</exception>
    public static string Format(DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != algorithm.Length())
        {
            throw new ArgumentException(
                $"A digest of {algorithm.Key()} has {algorithm.Length()} bytes, this one has {digest.Length}.", nameof(digest));
        }

        return $"{algorithm.Key()}=:{Convert.ToBase64String(digest)}:";
    }

    /// <summary>
    /// Returns the supported algorithm that Want-Repr-Digest or Want-Content-Digest prefers (RFC 9530 §4); null when the field
    /// prefers no supported algorithm. An absent or malformed field also gives null, because the field is only a wish and must
    /// not make a request fail.
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

        // Chooses sha-256 for equal preferences: sha-256 is secure enough, and its digests are shorter.
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
