namespace ActorHttp.Semantics;

/// <summary>The content codings that the server supports (RFC 9110 §8.4.1).</summary>
public enum ContentCoding
{
    /// <summary>No coding.</summary>
    Identity,

    /// <summary>gzip (RFC 9110 §8.4.1.3).</summary>
    Gzip,

    /// <summary>br (RFC 7932).</summary>
    Brotli,

    /// <summary>deflate, the zlib format (RFC 9110 §8.4.1.2).</summary>
    Deflate,

    /// <summary>zstd (RFC 8878).</summary>
    Zstd,
}

/// <summary>Converts content codings to their names on the wire, and parses these names.</summary>
public static class ContentCodings
{
    /// <summary>The number of codings, for tables indexed by <see cref="ContentCoding"/>.</summary>
    internal const int Count = (int)ContentCoding.Zstd + 1;

    /// <summary>Returns the coding's name on the wire, as registered with IANA.</summary>
    public static string Token(this ContentCoding coding) => coding switch
    {
        ContentCoding.Identity => "identity",
        ContentCoding.Gzip => "gzip",
        ContentCoding.Brotli => "br",
        ContentCoding.Deflate => "deflate",
        ContentCoding.Zstd => "zstd",
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Not a content coding."),
    };

    /// <summary>Parses the name of a coding. Returns false for a coding that the server does not support (RFC 9110 §8.4.1).</summary>
    public static bool TryParse(ReadOnlySpan<char> token, out ContentCoding coding)
    {
        // §8.4.1: "All content codings are case-insensitive".
        if (Is(token, "gzip")
            // §8.4.1.3: "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"."
            || Is(token, "x-gzip"))
        {
            coding = ContentCoding.Gzip;
            return true;
        }

        if (Is(token, "br"))
        {
            coding = ContentCoding.Brotli;
            return true;
        }

        if (Is(token, "deflate"))
        {
            coding = ContentCoding.Deflate;
            return true;
        }

        if (Is(token, "zstd"))
        {
            coding = ContentCoding.Zstd;
            return true;
        }

        coding = ContentCoding.Identity;
        return Is(token, "identity");
    }

    private static bool Is(ReadOnlySpan<char> token, string name) =>
        token.Equals(name, StringComparison.OrdinalIgnoreCase);
}
