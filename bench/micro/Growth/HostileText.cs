using System.Text;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Semantics;
using ActorHttp.Uris;

namespace ActorHttp.Micro.Growth;

/// <summary>
/// Searches for text on which a parser's cost grows faster than the text's length. Each parser reads text of many shapes, up to
/// the 32 KiB that a field section may have. The shape with the fastest growth becomes the parser's case.
/// </summary>
internal static class HostileText
{
    private const int Shortest = 320;

    private static readonly EntityTag Tag = new("5f3a-1b2c", false);
    private static readonly MediaTypeSet Types = MediaTypeSet.Of(["text/*", "*+json", "application/json"]);

    // Each shape is repeated up to the length. It is also measured with a character at the very end that makes the text invalid.
    private static readonly string[] Shapes =
    [
        "x", " ", "\t", ",", ";", "\"", "\\", "=", "/", "%", "*", "-", ".", ":", "?", "&", "+", "[", "(", "0", "9",
        ", ", " ,", "; ", ";;,", "\"\"", "\"\\", "\\\"", "\",", "\";", "\"a\",", "\"a\", ", "W/\"a\",", "\"5f3a-1b2c\",",
        "\"5f3a-1b2c-x\",", "*,", "a,", "a, ",
        "a;", "a=", "a=1,", "a=1, ", "a;b,", "a;q=1,", "gzip;q=0.5,", "*;q=0,", "a/b,", "a/b;q=0.1,", "a/*,", "*/*;q=1;",
        "text/html;a=\"x,\",",
        "a=:YQ==:,", "a=:YQ:;b=1,", "sha-256=:AAAA:,", "a=1;b;c=\"\\\"\",", ";a=?1", ";a=%\"%c3\"", ";a=x", ";a", "; a=\"b\"", " ;a",
        "1-2,", "0-0,", "-5,", "5-,", ",,1-1", "%41", "%C3%A4", "%25", "../", "./", "a/", "//", "\u00E4", "\u00FF", "q=", "close,",
        "keep-alive ,", "gzip,", "gzip;x,", "chunked,",
    ];

    // The prefix makes the grammar accept the start of the text.
    private static readonly (string Name, string Prefix, Action<string> Read)[] Parsers =
    [
        ("Accept", "", text => Accept.Select(text, ["text/html", "application/json", "text/plain"])),
        ("Accept-Encoding", "", text => AcceptEncoding.Select(text, [ContentCoding.Brotli, ContentCoding.Gzip])),
        ("If-None-Match", "", text => EntityTagList.TryMatchWeak(text, Tag, out _)),
        ("If-Match", "", text => EntityTagList.MatchesStrong(text, Tag, orVariant: true)),
        ("If-Range", "\"", text => EntityTag.TryParse(text, out _)),
        ("If-Modified-Since", "Sun", text => HttpDate.TryParse(text, out _)),
        ("Range", "bytes=", text => RangeRequest.Resolve(text, 1000, out _)),
        ("Repr-Digest", "", text => DigestFields.TryParse(text, out _)),
        ("Want-Repr-Digest", "", text => DigestFields.Wanted(text)),
        ("Upload-Complete", "?1", text => StructuredFields.TryParseBoolean(text, out _)),
        ("Upload-Offset", "1", text => StructuredFields.TryParseInteger(text, out _)),
        ("Content-Type, coded", "", text => Types.Contains(text)),
        ("Content-Type, text", "text/", text => MediaTypes.IsText(text)),
        ("Vary", "", text => HttpHeaders.Of(("Vary", text)).WithVary("Accept-Encoding")),
        ("Host", "", text => HostSyntax.IsHostAndPort(Encoding.Latin1.GetBytes(text))),
        ("Host, in brackets", "[", text => HostSyntax.IsHostAndPort(Encoding.Latin1.GetBytes(text + "]"))),
        ("Connection", "", text => Field("Connection", text)),
        ("Content-Length", "", text => Field("Content-Length", text)),
        ("Transfer-Encoding", "", text => Field("Transfer-Encoding", text)),
        ("field name", "", text => Head($"{text}: x")),
        ("field line", "X:", Head),
        (
            "request target",
            "/",
            text => new RequestReader(Samples.NoLimits).Read(Encoding.Latin1.GetBytes($"GET {text} HTTP/1.1\r\nHost: x\r\n\r\n"))),
        ("request line", "", text => new RequestReader(Samples.NoLimits).Read(Encoding.Latin1.GetBytes($"{text}\r\n"))),
        ("chunk extension", "1;", text => Chunk(text)),
        ("path, normalised", "/", text => PercentEncoding.NormalizeUnreserved(Valid(text))),
        ("path, decoded", "/", text => PercentEncoding.Decode(Valid(text))),
        ("path of a file", "", text => FilePath.Parse(Valid(text), out _)),
        ("name of a file", "", text => FileName.Encode(FileName.Decode(Encoding.Latin1.GetBytes(text)))),
        ("media type of a file", "x.", text => MediaTypes.ForName(text)),
        ("Content-Disposition", "", text => ContentDisposition.Attachment(text)),
    ];

    public static IEnumerable<GrowthCase> Cases(Func<string, bool> isAskedFor)
    {
        foreach (var parser in Parsers.Where(parser => isAskedFor(Name(parser.Name))))
        {
            var worst = Shapes.SelectMany(shape => new[] { (shape, End: ""), (shape, End: "\""), (shape, End: "@") })
                .MaxBy(shape => Growth(parser, shape.shape, shape.End));
            yield return new GrowthCase(
                $"{Name(parser.Name)} `{Visible(worst.shape)}…{Visible(worst.End)}`", "byte", Shortest, n =>
                    Work(parser, worst.shape, worst.End, n));
        }
    }

    private static string Name(string parser) => $"hostile {parser}";

    private static string Visible(string text) => text.Replace("\t", "\\t", StringComparison.Ordinal);

    private static double Growth((string, string, Action<string>) parser, string shape, string end)
    {
        // The parsers are warm after the first shape, so the warm-up is short. Compares the long text with the medium one, because
        // fixed costs dominate with the short text.
        var run = TimeSpan.FromMilliseconds(0.2);
        return Cost.Of(
            Work(parser, shape, end, Shortest * 100), run, run, 3) / Cost.Of(Work(parser, shape, end, Shortest * 10), run, run, 3);
    }

    private static Action Work((string Name, string Prefix, Action<string> Read) parser, string shape, string end, int length)
    {
        var text = parser.Prefix + ReaderCases.Many(shape, length / shape.Length) + end;
        return () => parser.Read(text);
    }

    private static void Field(string name, string value) => Head($"{name}: {value}");

    private static void Head(string line) =>
        new RequestReader(Samples.NoLimits).Read(Encoding.Latin1.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\n"));

    private static void Chunk(string line)
    {
        var reader = new RequestReader(Samples.NoLimits);
        reader.Read("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        reader.Read(Encoding.Latin1.GetBytes($"{line}\r\nx\r\n0\r\n\r\n"));
    }

    // These parsers only get text that another check has found valid.
    private static string Valid(string text) => PercentEncoding.IsValid(Encoding.Latin1.GetBytes(text)) ? text : "";
}
