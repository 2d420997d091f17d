using System.Collections.Frozen;

namespace ActorHttp.Semantics;

/// <summary>Returns the media type of a file name, and decides which types may have a charset (RFC 9110 §8.3.1).</summary>
public static class MediaTypes
{
    private const string Unknown = "application/octet-stream";

    // The extensions for which the server does not use mime-db. That database has no type for these extensions, or a type that no
    // client uses for such files. The types have no charset, because the server does not know the encoding of a file.
    private static readonly (string Type, string Extensions)[] Table =
    [
        ("text/plain", "cfg env diff patch rst adoc org tex bib nfo lock"),
        // Source code is text/plain, so that a browser shows the code and never runs the code. "ts" keeps its registered video
        // type, because requests for video segments are more frequent than requests for TypeScript files.
        ("text/plain", "c h cc hh cpp cxx hpp cs csx fs fsx vb java kt kts scala groovy clj py pyi rb rs go swift m asm s"),
        ("text/plain", "php pl pm lua r jl hs ml ex exs erl zig nim dart tsx mts cts jsx vue less scss sass styl coffee f f90 pas"),
        ("text/plain", "bat cmd ps1 proto graphql gradle cmake mk tf properties csproj sln srt"),
        ("text/javascript", "cjs"), // RFC 9239. A CommonJS module is JavaScript.
        ("text/vcard", "vcf"),
        ("application/json", "har"),
        ("application/x-ndjson", "ndjson jsonl"),
        ("application/yaml", "yaml yml"), // RFC 9512. mime-db maps both extensions to text/yaml.
        ("application/cbor", "cbor"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.sqlite3", "sqlite sqlite3"),
        ("application/vnd.ms-project", "mpp"), // mime-db maps mpp to MPEG-DASH patches, which are rare.
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
        // "key" does not have the type of Keynote, because on a server a file with this extension is more often a private key in
        // PEM. "svgz" has no SVG type, because an svgz file is gzip-coded. With the SVG type, but without Content-Encoding, a
        // browser would parse the gzip bytes as XML.
        (Unknown, "key svgz"),
    ];

    // Text types that never have a charset parameter. A text of these types is UTF-8 by definition, or the content states the
    // encoding (RTF, XML). A parameter would be redundant or wrong.
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

    /// <summary>The extensions whose type overrides the type in <see cref="MediaTypeTable"/>.</summary>
    internal static IReadOnlyDictionary<string, string> Exceptions => Types;

    /// <summary>Returns the media type for the extension of a file name; application/octet-stream for an unknown extension.</summary>
    public static string ForName(string fileName)
    {
        // A dot in the name of a folder is harmless, because no extension in the tables contains a slash.
        var dot = fileName.LastIndexOf('.');
        if (dot < 0)
        {
            return Unknown;
        }

        var extension = fileName.AsSpan(dot + 1);
        return TypesBySpan.TryGetValue(extension, out var type) ? type : MediaTypeTable.Find(extension) ?? Unknown;
    }

    /// <summary>
    /// Whether the server may add a charset parameter to a Content-Type. True for a text type that is not UTF-8 by definition and
    /// does not state its encoding in the content. Parameters that are already present are ignored.
    /// </summary>
    public static bool IsText(ReadOnlySpan<char> contentType)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");
        return type.Length > "text/".Length && type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && !TextOfItsOwn.Contains(type);
    }
}
