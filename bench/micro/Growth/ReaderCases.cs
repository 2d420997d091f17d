using ActorHttp.Protocol.Http1;

namespace ActorHttp.Micro.Growth;

/// <summary>Requests that grow in one way. The reader reads them as a connection does, but without limits.</summary>
internal static class ReaderCases
{
    private const int Frame = 16 * 1024;

    public static IEnumerable<GrowthCase> All =>
    [
        Read("path", "byte", 100, n => $"GET /{new string('x', n)} HTTP/1.1\r\nHost: x\r\n\r\n"),
        Read("path, percent-encoded", "byte", 99, n => $"GET /{Many("%41", n / 3)} HTTP/1.1\r\nHost: x\r\n\r\n"),
        // 40 KB at most, because the runtime allocates a string of more than 85 KB differently, as a large object.
        Read("one field's value", "byte", 400, n => Get($"X-Long: {new string('x', n)}\r\n")),
        Read("one field's value, byte by byte", "byte", 400, n => Get($"X-Long: {new string('x', n)}\r\n"), 1),
        Read("fields", "field", 10, n => Get(Many(n, i => $"X-Field-{i}: value\r\n"))),
        Read("fields, byte by byte", "field", 10, n => Get(Many(n, i => $"X-Field-{i}: value\r\n")), 1),
        Read("lines of Accept-Encoding", "field", 10, n => Get(Many("Accept-Encoding: gzip;q=0.5, br\r\n", n))),
        Read("lines of Connection", "field", 10, n => Get(Many("Connection: keep-alive, x-one\r\n", n))),
        Refused("lines of Content-Length", "field", 10, n => $"POST / HTTP/1.1\r\nHost: x\r\n{Many("Content-Length: 3\r\n", n)}\r\nabc"),
        Refused(
            "lines of Transfer-Encoding",
            "field",
            10,
            n => $"POST / HTTP/1.1\r\nHost: x\r\n{Many("Transfer-Encoding: gzip, x-one\r\n", n)}\r\n"),
        Read("lines of Expect", "field", 10, n => Get(Many("Expect: 100-continue\r\n", n))),
        Read("requests in one read", "request", 10, n => Many(Get(""), n)),
        Read("requests, byte by byte", "request", 10, n => Many(Get(""), n), 1),
        Read("body with a length", "byte", 10_000, n => $"{Post($"Content-Length: {n}")}{new string('x', n)}"),
        Read("body with a length, byte by byte", "byte", 1000, n => $"{Post($"Content-Length: {n}")}{new string('x', n)}", 1),
        Read("one chunk", "byte", 10_000, n => $"{Post("Transfer-Encoding: chunked")}{n:X}\r\n{new string('x', n)}\r\n0\r\n\r\n"),
        Read("chunks of one byte", "chunk", 100, n => $"{Post("Transfer-Encoding: chunked")}{Many("1\r\nx\r\n", n)}0\r\n\r\n"),
        Read(
            "chunks of one byte, byte by byte",
            "chunk",
            100,
            n => $"{Post("Transfer-Encoding: chunked")}{Many("1\r\nx\r\n", n)}0\r\n\r\n",
            1),
        Read("chunk extensions", "extension", 10, n => $"{Post("Transfer-Encoding: chunked")}1{Many(";a=b", n)}\r\nx\r\n0\r\n\r\n"),
        Read("trailers", "field", 10, n => $"{Post("Transfer-Encoding: chunked")}0\r\n{Many(n, i => $"X-Trailer-{i}: value\r\n")}\r\n"),
        Read(
            "trailers, byte by byte",
            "field",
            10,
            n => $"{Post("Transfer-Encoding: chunked")}0\r\n{Many(n, i => $"X-Trailer-{i}: value\r\n")}\r\n",
            1),
    ];

    public static string Many(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static string Many(int times, Func<int, string> text) => string.Concat(Enumerable.Range(0, times).Select(text));

    private static string Get(string fields) => $"GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n";

    private static string Post(string framing) => $"POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n";

    private static GrowthCase Read(
        string name, string unit, int units, Func<int, string> text, int piece = Frame) => new(name, unit, units, n =>
    {
        byte[][] pieces = Feed.InPieces(Samples.Bytes(text(n)), piece);

        // Creates a reader each time. A reader remembers a small section and only compares its bytes (KnownSection), but it never
        // remembers a large section. The step between the two is not growth.
        return () => new Feed(Samples.NoLimits).Read(pieces);
    });

    // Creates a reader each time, because a reader that has refused a stream refuses all that follows.
    private static GrowthCase Refused(string name, string unit, int units, Func<int, string> text) => new(name, unit, units, n =>
    {
        var bytes = Samples.Bytes(text(n));
        return () => new RequestReader(Samples.NoLimits).Read(bytes);
    });
}
