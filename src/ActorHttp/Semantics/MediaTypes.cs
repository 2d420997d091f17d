using System.Collections.Frozen;

namespace ActorHttp.Semantics;

/// <summary>Media types by file name, and which of them are worth compressing (RFC 9110 §8.3.1).</summary>
internal static class MediaTypes
{
    private const string Unknown = "application/octet-stream";

    // Names from the IANA registry where it has one, else what browsers and nginx use. No charset: the file's
    // author chose an encoding and did not tell us, and what we do not know we do not claim.
    private static readonly (string Type, string Extensions)[] Table =
    [
        ("text/html", "html htm"),
        ("text/css", "css"),
        ("text/javascript", "js mjs cjs"), // RFC 9239 made application/javascript obsolete.
        ("text/plain", "txt text log conf cfg ini env diff patch rst adoc tex bib lock"),
        // Source code is for reading: as text/plain a browser shows it, and never runs it. "ts" stays a video,
        // as registered: players ask for segments more often than readers for TypeScript.
        ("text/plain", "c h cc cpp cxx hpp cs csx fs fsx vb java kt kts scala groovy clj py pyi rb rs go swift m"),
        ("text/plain", "php pl lua r jl hs ml ex exs erl zig nim dart tsx mts cts jsx vue less scss sass"),
        ("text/plain", "bat cmd ps1 proto graphql gradle cmake mk tf properties csproj sln srt"),
        ("text/csv", "csv"),
        ("text/tab-separated-values", "tsv"),
        ("text/markdown", "md markdown"),
        ("text/calendar", "ics"),
        ("text/vcard", "vcf"),
        ("text/vtt", "vtt"),
        ("text/turtle", "ttl"),
        ("text/vnd.graphviz", "gv"),

        ("application/json", "json map har"),
        ("application/ld+json", "jsonld"),
        ("application/geo+json", "geojson"),
        ("application/manifest+json", "webmanifest"),
        ("application/x-ipynb+json", "ipynb"),
        ("application/x-ndjson", "ndjson jsonl"),
        ("application/xml", "xml xsl xsd"),
        ("application/xml-dtd", "dtd"),
        ("application/xhtml+xml", "xhtml xht"),
        ("application/xslt+xml", "xslt"),
        ("application/atom+xml", "atom"),
        ("application/rss+xml", "rss"),
        ("application/rdf+xml", "rdf"),
        ("application/wsdl+xml", "wsdl"),
        ("application/ttml+xml", "ttml"),
        ("application/gpx+xml", "gpx"),
        ("application/vnd.google-earth.kml+xml", "kml"),
        ("application/vnd.google-earth.kmz", "kmz"),
        ("application/yaml", "yaml yml"),
        ("application/toml", "toml"),
        ("application/sql", "sql"),
        ("application/x-sh", "sh"),
        ("application/wasm", "wasm"),
        ("application/cbor", "cbor"),
        ("application/n-triples", "nt"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.sqlite3", "sqlite sqlite3"),

        ("application/pdf", "pdf"),
        ("application/rtf", "rtf"),
        ("application/postscript", "ps eps ai"),
        ("application/epub+zip", "epub"),
        ("application/msword", "doc dot"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.template", "dotx"),
        ("application/vnd.ms-excel", "xls xlt"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.template", "xltx"),
        ("application/vnd.ms-powerpoint", "ppt pps pot"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.slideshow", "ppsx"),
        ("application/vnd.visio", "vsd vsdx"),
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/vnd.oasis.opendocument.graphics", "odg"),
        ("application/vnd.apple.pages", "pages"),
        ("application/vnd.apple.numbers", "numbers"),
        // No "key" for Keynote: on a server that is more often somebody's private key in PEM.
        ("message/rfc822", "eml mht mhtml"),

        ("image/png", "png"),
        ("image/apng", "apng"),
        ("image/jpeg", "jpg jpeg jfif"),
        ("image/gif", "gif"),
        ("image/webp", "webp"),
        ("image/avif", "avif"),
        ("image/heic", "heic"),
        ("image/heif", "heif"),
        ("image/jxl", "jxl"),
        ("image/jp2", "jp2"),
        // Not svgz: that is a coding, and a type alone would have the browser parse gzip as XML.
        ("image/svg+xml", "svg"),
        ("image/vnd.microsoft.icon", "ico cur"),
        ("image/bmp", "bmp"),
        ("image/tiff", "tif tiff"),
        ("image/vnd.adobe.photoshop", "psd"),
        ("image/vnd.djvu", "djvu"),

        ("audio/mpeg", "mp3"),
        ("audio/mp4", "m4a"),
        ("audio/aac", "aac"),
        ("audio/ogg", "ogg oga opus"),
        ("audio/flac", "flac"),
        ("audio/wav", "wav"), // audio/vnd.wave in the registry, audio/wav in every browser.
        ("audio/webm", "weba"),
        ("audio/matroska", "mka"),
        ("audio/midi", "mid midi"),
        ("audio/x-aiff", "aif aiff"),

        ("video/mp4", "mp4 m4v"),
        ("video/webm", "webm"),
        ("video/ogg", "ogv"),
        ("video/quicktime", "mov"),
        ("video/mpeg", "mpeg mpg"),
        ("video/mp2t", "ts m2ts"),
        ("video/matroska", "mkv"),
        ("video/3gpp", "3gp"),
        ("video/3gpp2", "3g2"),
        ("video/x-msvideo", "avi"),
        ("video/x-ms-wmv", "wmv"),
        ("video/x-flv", "flv"),
        ("application/vnd.apple.mpegurl", "m3u8"),
        ("application/dash+xml", "mpd"),

        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("font/ttf", "ttf"),
        ("font/otf", "otf"),
        ("font/collection", "ttc"),
        ("application/vnd.ms-fontobject", "eot"),

        ("model/gltf-binary", "glb"),
        ("model/gltf+json", "gltf"),
        ("model/obj", "obj"),
        ("model/stl", "stl"),
        ("model/3mf", "3mf"),

        ("application/zip", "zip"),
        ("application/gzip", "gz tgz"),
        ("application/zstd", "zst"),
        ("application/x-bzip2", "bz2"),
        ("application/x-xz", "xz"),
        ("application/x-tar", "tar"),
        ("application/x-7z-compressed", "7z"),
        ("application/vnd.rar", "rar"),
        ("application/java-archive", "jar war"),
        ("application/vnd.android.package-archive", "apk"),
        ("application/vnd.debian.binary-package", "deb"),
        ("application/vnd.ms-cab-compressed", "cab"),
        ("application/x-rpm", "rpm"),
        ("application/x-iso9660-image", "iso"),
        ("application/x-apple-diskimage", "dmg"),
        ("application/x-bittorrent", "torrent"),
        ("application/pem-certificate-chain", "pem"),
        ("application/pkix-cert", "cer"),
        ("application/x-x509-ca-cert", "crt"),
    ];

    private static readonly FrozenDictionary<string, string> Types = Table
        .SelectMany(row => row.Extensions.Split(' '), (row, extension) => KeyValuePair.Create(extension, row.Type))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> TypesBySpan =
        Types.GetAlternateLookup<ReadOnlySpan<char>>();

    // What is neither text nor +json nor +xml, and still text or a raw format inside.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Compressible = new[]
    {
        "application/ecmascript", "application/graphql", "application/javascript", "application/json",
        "application/n-triples", "application/postscript", "application/rtf", "application/sql", "application/toml",
        "application/vnd.apple.mpegurl", "application/vnd.ms-fontobject", "application/wasm",
        "application/x-javascript", "application/x-ndjson", "application/x-sh", "application/x-tar",
        "application/x-www-form-urlencoded", "application/x-yaml", "application/xml", "application/xml-dtd",
        "application/yaml", "font/collection", "font/otf", "font/sfnt", "font/ttf", "image/bmp",
        "image/vnd.adobe.photoshop", "image/vnd.microsoft.icon", "image/x-icon", "message/rfc822",
        "model/gltf-binary", "model/obj", "model/stl",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The media type of a file by its extension, application/octet-stream when we know none.</summary>
    public static string ForName(string fileName)
    {
        // A dot in a folder's name does no harm: no extension in the table has a slash in it.
        var dot = fileName.LastIndexOf('.');
        return dot >= 0 && TypesBySpan.TryGetValue(fileName.AsSpan(dot + 1), out var type) ? type : Unknown;
    }

    /// <summary>Whether a Content-Type's bytes are likely to shrink; its parameters do not count.</summary>
    public static bool IsCompressible(ReadOnlySpan<char> contentType)
    {
        var semicolon = contentType.IndexOf(';');
        var type = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t");

        // An encoder holds events back to pack them better; an event is worth nothing when it is late.
        if (type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
            || Compressible.Contains(type);
    }
}
