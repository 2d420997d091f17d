using ActorHttp.Semantics;
using Microsoft.Extensions.FileSystemGlobbing;

namespace ActorHttp.Settings;

/// <summary>The file handler's own. Sizes in bytes; null is unlimited.</summary>
internal sealed record FileSettings(
    long? BodySize,
    int ChunkSize,
    bool FlushToDisk,
    bool IsReadOnly,
    bool ServesDotfiles,
    bool CreatesFolders,
    string[] Index,
    bool ListsFolders,
    int ListingEntries,
    ContentCoding[] Precompressed,
    bool TellsCharset,
    CacheRule[] CacheRules,
    long MinFreeSpace,
    long? DigestSize,
    TimeSpan UploadExpiry,
    int FormParts)
{
    /// <summary>What a file in a coding has behind its name; null for a coding that has no files.</summary>
    public static string? Suffix(ContentCoding coding) => coding switch
    {
        ContentCoding.Brotli => ".br",
        ContentCoding.Zstd => ".zst",
        ContentCoding.Gzip => ".gz",
        _ => null,
    };

    /// <summary>The Cache-Control of a path below the root; null where no rule speaks of it.</summary>
    public string? CacheControl(string path)
    {
        foreach (var rule in CacheRules)
        {
            if (rule.Matches(path))
                return rule.Value;
        }

        return null;
    }
}

/// <summary>A Cache-Control for the files that a glob pattern names.</summary>
internal sealed class CacheRule
{
    private readonly Matcher _matcher = new(StringComparison.Ordinal);

    public CacheRule(string pattern, string value)
    {
        Pattern = pattern;
        Value = value;

        // As in a .gitignore: a pattern without a slash is about names, in whatever folder.
        _matcher.AddInclude(pattern.Contains('/', StringComparison.Ordinal) ? pattern.TrimStart('/') : "**/" + pattern);
    }

    public string Pattern { get; }

    public string Value { get; }

    public bool Matches(string path) => _matcher.Match(path).HasMatches;

    public override string ToString() => $"{Pattern}: {Value}";
}
