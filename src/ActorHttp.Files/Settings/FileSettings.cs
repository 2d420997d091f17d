using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Configuration;
using Microsoft.Extensions.FileSystemGlobbing;

namespace ActorHttp.Files.Settings;

/// <summary>
/// The settings in the section <c>actor-http.files</c>. The file hocon/files.conf explains each key. Sizes are in bytes; null
/// means no limit.
/// </summary>
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
    /// <summary>The dispatcher of the actors that read from a disk and may wait for the disk.</summary>
    public const string ReadingDispatcher = "actor-http.reading-dispatcher";

    /// <summary>The dispatcher of the actors that write to a disk and may wait for the disk.</summary>
    public const string WritingDispatcher = "actor-http.writing-dispatcher";

    /// <summary>The mailbox of handlers. A full mailbox refuses requests.</summary>
    public const string HandlerMailbox = "actor-http.handler-mailbox";

    /// <summary>The default settings: the resource hocon/files.conf of the assembly.</summary>
    public static Config Defaults { get; } = ConfigurationFactory.FromResource("ActorHttp.Files.files.conf", typeof(FileSettings).Assembly);

    /// <summary>Returns the settings in the configuration of an actor system.</summary>
    /// <exception cref="ConfigurationException">
    /// A value has the wrong type or is not allowed. The message is one line that contains the key.
    /// </exception>
    public static FileSettings From(Config config)
    {
        var section = new Section(config.WithFallback(Defaults), "actor-http.files");
        return new FileSettings(
            BodySize: section.OptionalSize("body-size"),
            ChunkSize: section.Size("chunk-size", 1024),
            FlushToDisk: section.Flag("flush-to-disk"),
            IsReadOnly: section.Flag("read-only"),
            ServesDotfiles: section.Flag("dotfiles"),
            CreatesFolders: section.Flag("create-folders"),
            Index: FileNames(section, "index"),
            ListsFolders: section.Flag("listing"),
            ListingEntries: section.Int("listing-entries", 1, 1_000_000),
            Precompressed: section.Codings("precompressed", "br, zstd and gzip", Suffix),
            TellsCharset: section.Flag("charset"),
            CacheRules: ReadCacheRules(section, "cache-control"),
            MinFreeSpace: section.LongSize("min-free-space"),
            DigestSize: section.OptionalSize("digest-size"),
            UploadExpiry: section.Time("upload-expiry"),
            FormParts: section.Int("form-parts", 1, 100_000));
    }

    /// <summary>
    /// Returns the suffix of neighbour files that contain a file in a content coding; null for a coding without neighbour files.
    /// </summary>
    public static string? Suffix(ContentCoding coding) => coding switch
    {
        ContentCoding.Brotli => ".br",
        ContentCoding.Zstd => ".zst",
        ContentCoding.Gzip => ".gz",
        _ => null,
    };

    /// <summary>
    /// Whether the server serves, lists and stores files at a path. Only this method decides about names that begin with a dot.
    /// </summary>
    public bool Serves(FilePath path) => ServesDotfiles || !path.IsHidden;

    /// <summary>Returns the Cache-Control value for a path relative to the root; null when no rule matches.</summary>
    public string? CacheControl(string path)
    {
        foreach (var rule in CacheRules)
        {
            if (rule.Matches(path))
                return rule.Value;
        }

        return null;
    }

    // Reads file names and checks that no name leads to another folder.
    private static string[] FileNames(Section section, string key)
    {
        const string expected = "a list of file names";
        var names = section.Names(key, expected);
        return Array.Exists(names, name => name is "" or "." or ".." || name.AsSpan().IndexOfAny("/\\\0") >= 0)
            ? throw new ConfigurationException($"{section.Path(key)} = [{string.Join(", ", names)}] cannot be used: it must be {expected}.")
            : names;
    }

    private static CacheRule[] ReadCacheRules(Section section, string key)
    {
        const string expected = "a list of { pattern = \"*.css\", value = \"max-age=3600\" }";
        return [.. section.Items(key, expected).Select(item =>
        {
            var rule = item.IsObject() ? item.GetObject() : null;
            var pattern = rule?.GetKey("pattern")?.GetString();
            var value = rule?.GetKey("value")?.GetString();
            return rule?.Items.Count == 2 && !string.IsNullOrEmpty(pattern) && value is not null && IsFieldValue(value)
                ? new CacheRule(pattern, value)
                : throw new ConfigurationException($"{section.Path(key)} cannot be used: it must be {expected}.");
        })];
    }

    private static bool IsFieldValue(string value)
    {
        try
        {
            HttpHeaders.Of(("Cache-Control", value));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>The Cache-Control value for files whose paths match a glob pattern.</summary>
internal sealed class CacheRule
{
    private readonly Matcher _matcher = new(StringComparison.Ordinal);

    public CacheRule(string pattern, string value)
    {
        Pattern = pattern;
        Value = value;

        // Works like .gitignore: a pattern without a slash matches names in all folders.
        _matcher.AddInclude(pattern.Contains('/', StringComparison.Ordinal) ? pattern.TrimStart('/') : "**/" + pattern);
    }

    public string Pattern { get; }

    public string Value { get; }

    public bool Matches(string path) => _matcher.Match(path).HasMatches;

    public override string ToString() => $"{Pattern}: {Value}";
}
