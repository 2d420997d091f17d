using System.Collections.Frozen;

namespace ActorHttp.Semantics;

/// <summary>Media types by file name, and which of them are text (RFC 9110 §8.3.1).</summary>
internal static class MediaTypes
{
    private const string Unknown = "application/octet-stream";

    // Where we differ from mime-db, whose answer stands for every other extension: it has no type, or has one that nobody
    // reads the file by. No charset: the file's author chose an encoding and did not tell us, and what we do not know we do
    // not claim.
    private static readonly (string Type, string Extensions)[] Table =
    [
        ("text/plain", "cfg env diff patch rst adoc org tex bib nfo lock"),
        // Source code is for reading: as text/plain a browser shows it, and never runs it. "ts" stays a video,
        // as registered: players ask for segments more often than readers for TypeScript.
        ("text/plain", "c h cc hh cpp cxx hpp cs csx fs fsx vb java kt kts scala groovy clj py pyi rb rs go swift m asm s"),
        ("text/plain", "php pl pm lua r jl hs ml ex exs erl zig nim dart tsx mts cts jsx vue less scss sass styl coffee f f90 pas"),
        ("text/plain", "bat cmd ps1 proto graphql gradle cmake mk tf properties csproj sln srt"),
        ("text/javascript", "cjs"), // RFC 9239: the script that it is, whoever runs it.
        ("text/vcard", "vcf"),
        ("application/json", "har"),
        ("application/x-ndjson", "ndjson jsonl"),
        ("application/yaml", "yaml yml"), // RFC 9512, younger than the table.
        ("application/cbor", "cbor"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.sqlite3", "sqlite sqlite3"),
        ("application/vnd.ms-project", "mpp"), // The table prefers a patch of MPEG-DASH, as if anybody had one.
        ("image/jpeg", "jfif"),
        ("image/vnd.microsoft.icon", "cur"),
        ("audio/flac", "flac"),
        ("audio/matroska", "mka"),
        ("video/matroska", "mkv"),
        ("video/mp4", "m4v"),
        ("application/gzip", "tgz"),
        ("application/zstd", "zst"),
        ("application/vnd.debian.binary-package", "deb"),
        ("application/x-rpm", "rpm"),
        ("application/pem-certificate-chain", "pem"),
        // No "key" for Keynote: on a server that is more often somebody's private key in PEM.
        // Not svgz: that is a coding, and a type alone would have the browser parse gzip as XML.
        (Unknown, "key svgz"),
    ];

    // Text that is UTF-8 by definition, or says itself what it is (RTF, XML): a parameter could only be superfluous or wrong.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> TextOfItsOwn = new[]
    {
        "text/cache-manifest", "text/event-stream", "text/n3", "text/rtf", "text/turtle", "text/vnd.dvb.subtitle", "text/vtt",
        "text/xml", "text/xml-external-parsed-entity",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<string, string> Types = Table
        .SelectMany(row => row.Extensions.Split(' '), (row, extension) => KeyValuePair.Create(extension, row.Type))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> TypesBySpan =
        Types.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The extensions for which our answer is not that of <see cref="MediaTypeTable"/>.</summary>
    public static IReadOnlyDictionary<string, string> Exceptions => Types;

    /// <summary>The media type of a file by its extension, application/octet-stream when we know none.</summary>
    public static string ForName(string fileName)
    {
        // A dot in a folder's name does no harm: no extension in the tables has a slash in it.
        var dot = fileName.LastIndexOf('.');
        if (dot < 0)
        {
            return Unknown;
        }

        var extension = fileName.AsSpan(dot + 1);
        return TypesBySpan.TryGetValue(extension, out var type) ? type : MediaTypeTable.Find(extension) ?? Unknown;
    }

    /// <summary>Whether a charset parameter could say something of a Content-Type's bytes; its parameters do not count.</summary>
    public static bool IsText(ReadOnlySpan<char> contentType)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");
        return type.Length > "text/".Length && type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !TextOfItsOwn.Contains(type);
    }
}
