using System.Globalization;
using System.Text;
using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Properties;
using ActorHttp.Tests.Protocol.Http1;
using FsCheck;
using FsCheck.Fluent;

namespace ActorHttp.Tests.Fuzz;

/// <summary>What a hostile stream is made of.</summary>
internal enum HostileKind
{
    /// <summary>Any bytes at all.</summary>
    Noise,

    /// <summary>Pieces of requests in any order.</summary>
    Fragments,

    /// <summary>A vector, or two of them, hurt up to four times.</summary>
    MutatedVector,

    /// <summary>Up to twelve good requests in a row.</summary>
    Pipeline,

    /// <summary>The same, and one of them is hurt.</summary>
    HurtPipeline,

    /// <summary>A chunked body in which some lines lie, and a request behind it.</summary>
    Chunks,

    /// <summary>A length that is hardly a number, and a request behind the body.</summary>
    Numbers,

    /// <summary>Fields that contradict each other, and a request behind the body.</summary>
    Fields,

    /// <summary>
    /// Good requests in which one terminal of the grammar (CR, LF, SP, a colon, a digit, …) is another byte, is missing or
    /// is there twice.
    /// </summary>
    Terminals,
}

/// <summary>
/// Makes streams out of a case's random numbers. Most of what it asks of a server is an echo of something that no other
/// request asks for.
/// </summary>
internal sealed class HostileStream(Random random, string id)
{
    private static readonly byte[][] Vectors = [.. Vector.All.Where(vector => vector.Bytes.Length < 2000).Select(vector => vector.Bytes)];

    // Whole requests, to be put in a row. The made ones have a seed of their own: a case is the same in every run.
    private static readonly byte[][] GoodRequests =
    [
        .. Vector.All.Where(vector => vector.EndsBetweenMessages && vector.Bytes.Length < 2000).Select(vector => vector.Bytes),
        .. ValidRequest.Any.Sample(30, new Rnd(1), 300).Select(request => request.Bytes),
    ];

    private static readonly string[] Numbers =
    [
        "0", "00", "5", "05", "000000000000000000005", "6", "4", "+5", "-5", "-0", "0x5", "5.", "5.0", "5e0", "5,5", "5, 5", "5,6", "5,",
        ",5", "5 5", "5;", "\"5\"",
        "", " ", "\t5", "5\t", "5 ", "\v5", "5\0", "\xB2", "\xA05", "A", "a", "1e1", "1_0", "127", "128", "255", "256", "65535", "65536",
        "2147483647", "2147483648", "4294967295", "4294967296", "4294967301", "9223372036854775807", "9223372036854775808",
        "9223372036854775813",
        "18446744073709551615", "18446744073709551616", "18446744073709551621", "99999999999999999999999999999999999999",
        "7FFFFFFF", "80000000", "FFFFFFFF", "100000005", "FFFFFFFFFFFFFFF", "1000000000000005", "FFFFFFFFFFFFFFFF", "10000000000000005",
    ];

    private static readonly string[] FramingFields =
    [
        "Content-Length: 5", "Content-Length: 5", "content-length:5", "Content-Length: 6", "Content-Length: 0", "Content-Length: 5, 5",
        "Content-Length:",
        "Content-Length : 5", " Content-Length: 5", "Content-Length\t: 5", "Content_Length: 5", "Content-Length: 5\r\n 0",
        "X: y\nContent-Length: 5", "X: y\rContent-Length: 5",
        "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "transfer-encoding:\tCHUNKED\t", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity", "Transfer-Encoding:",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked;a=b", "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\vchunked", "Transfer-Encoding: chun\0ked", "Transfer-Encoding: gzip;a=\"b, chunked",
        "Transfer-Encoding:\r\n chunked", "X: y\nTransfer-Encoding: chunked",
        "Host: a", "Host: b", "Host:", "Connection: close", "Connection: keep-alive", "Connection: Content-Length", "Expect: 100-continue",
        "Expect: 200-ok", "Accept-Encoding: gzip",
        "Accept-Encoding: identity;q=0, *;q=0", "Range: bytes=0-1", "Upgrade: h2c", "X: \x80\xFF", "X: \x01",
    ];

    private static readonly string[] Versions = ["1.1", "1.1", "1.1", "1.1", "1.1", "1.1", "1.2", "1.0"];

    private static readonly string[] Extensions =
        [";", ";a", ";a=b", "; a = \"b;\\\"c\"", " ;a", "; ", ";=", ";a=\"b", ";\xFF", ";a\0", ";a\rb", ";a\n", " ", "\t;a=b;c"];

    private static readonly string[] GoodExtensions = [";a", ";a=b", "; a = \"b;\\\"c\""];

    private static readonly string[] WrongEnds = ["", "\r", "\n", "\n\r", "\r\r\n", "x\r\n", "\r\n\r\n", " \r\n"];

    // What a body is made of looks like the lines around it.
    private const string Letters = "abc\r\n0 ";

    private int _requests;

    public byte[] Of(HostileKind kind) => kind switch
    {
        HostileKind.Noise => Noise(random.Next(300)),
        HostileKind.Fragments => Latin1(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Any(Hurt.Fragments)))),
        HostileKind.MutatedVector => Wound(random.Next(4) == 0 ? [.. Any(Vectors), .. Any(Vectors)] : Any(Vectors), 1 + random.Next(4)),
        HostileKind.Pipeline => [.. Requests().SelectMany(request => request)],
        HostileKind.HurtPipeline => HurtPipeline(),
        HostileKind.Chunks => Latin1(ChunkedRequest(lies: true) + NextRequest()),
        HostileKind.Terminals =>
            WrongTerminal(
                random.Next(2) == 0 ? Latin1(ChunkedRequest(lies: false) + NextRequest()) : [.. Requests().SelectMany(request => request)]),
        HostileKind.Numbers => Latin1(WrongNumber() + NextRequest()),
        _ => Latin1(WrongFields() + NextRequest()),
    };

    private byte[] HurtPipeline()
    {
        var requests = Requests();
        var victim = random.Next(requests.Count);
        requests[victim] = Wound(requests[victim], 1 + random.Next(2));
        return [.. requests.SelectMany(request => request)];
    }

    private List<byte[]> Requests() =>
        [.. Enumerable.Range(0, 1 + random.Next(12)).Select(_ => random.Next(4) == 0 ? Any(GoodRequests) : Latin1(GoodRequest()))];

    private string GoodRequest()
    {
        var name = $"{id}.{_requests++}";
        switch (random.Next(10))
        {
            case 0:
                return Head("HEAD", $"/echo/{name}");
            case 1:
                return Head("GET", "/user-agent", $"User-Agent: {name}\r\n");
            case 2:
                return Head("PUT", $"/files/{id}", $"Content-Length: {name.Length}\r\n") + name;
            case 3:
                return Head(Any("GET", "HEAD", "DELETE"), $"/files/{id}");
            case 4 or 5:
                var body = random.Next(10) == 0 ? Text(random.Next(5000)) + name : name;
                return Head("POST", "/echo", $"{Any("", "", "", "Expect: 100-continue\r\n")}Content-Length: {body.Length}\r\n") + body;
            case 6:
                return Head("POST", Any("/echo", "/echo", "/nobody"), "Transfer-Encoding: chunked\r\n") + string.Concat(
                    Enumerable.Range(0, random.Next(6)).Select(
                        _ => Chunk(Text(1 + random.Next(random.Next(8) == 0 ? 3000 : 40))))) + Chunk(name) + "0\r\n\r\n";
            default:
                return Head("GET", $"/echo/{Any("", "", "%2e", "+", "a/b/", "%00%FF")}{name}{Any("", "", "?q")}");
        }
    }

    private string Head(string method, string target, string fields = "")
    {
        var more = random.Next(8) == 0
            ? Any("Accept-Encoding: gzip, br\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n", "A: b\r\n")
            : "";
        return $"{method} {target} HTTP/1.1\r\nHost: a\r\n{more}{fields}\r\n";
    }

    // What a smuggler wants to be seen by one server only.
    private string NextRequest() => $"GET /echo/{id}.{_requests++} HTTP/1.1\r\nHost: a\r\n\r\n";

    // Chance alone seldom meets the one byte that a rule is about.
    private byte[] WrongTerminal(byte[] bytes)
    {
        var places = Enumerable.Range(0, bytes.Length).Where(i => Hurt.Delimiters.AsSpan().Contains(bytes[i])).ToArray();
        var at = Any(places);
        byte[] instead = random.Next(6) switch
        {
            0 => [],
            1 => [bytes[at], bytes[at]],
            2 => [bytes[at], Any(Hurt.Delimiters)],
            3 => [Any(Hurt.Delimiters)],
            _ => [(byte)random.Next(256)],
        };
        return [.. bytes[..at], .. instead, .. bytes[(at + 1)..]];
    }

    private string ChunkedRequest(bool lies) => Head("POST", "/echo", "Transfer-Encoding: chunked\r\n") + Chunks(lies);

    private string Chunks(bool lies)
    {
        var chunks = new StringBuilder();
        for (var i = random.Next(6); i >= 0; i--)
        {
            var text = i == 0 ? "" : Text(1 + random.Next(20));
            var size = lies && Rarely() ? Any(Numbers) : text.Length.ToString(Any("x", "X", "x3", "X15"), CultureInfo.InvariantCulture);
            chunks.Append(size);
            if (random.Next(4) == 0)
                chunks.Append(lies ? Any(Extensions) : Any(GoodExtensions));
            chunks.Append(lies && Rarely() ? Any(WrongEnds) : "\r\n").Append(text);
            if (i == 0 && random.Next(3) == 0)
                chunks.Append(lies ? Any("T: u", "Content-Length: 5", "T : u", " T: u", "T", "T:\0") : "T: u").Append("\r\n");
            chunks.Append(lies && Rarely() ? Any(WrongEnds) : "\r\n");
        }

        return chunks.ToString();
    }

    private string WrongNumber()
    {
        var number = Any(Numbers);
        var text = Text(random.Next(8));
        return random.Next(3) switch
        {
            0 => Head("POST", "/echo", $"Content-Length: {number}\r\n") + text,
            1 => Head("POST", "/echo", $"Content-Length: {number}\r\nContent-Length: {Any(Numbers)}\r\n") + text,
            _ => Head("POST", "/echo", "Transfer-Encoding: chunked\r\n") + $"{number}\r\n{text}\r\n0\r\n\r\n",
        };
    }

    private string WrongFields()
    {
        var fields = string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Any(FramingFields) + "\r\n"));
        var host = random.Next(10) == 0 ? "" : "Host: a\r\n";
        return $"{Any("POST", "GET", "PUT", "HEAD")} {Any("/echo", "/echo/" + id, "/nobody")} HTTP/{Any(Versions)}\r\n{host}{fields}\r\n"
            + Any("", "hello", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n", "0\r\n\r\nhello");
    }

    private byte[] Wound(byte[] bytes, int times)
    {
        for (; times > 0; times--)
        {
            var start = random.Next(bytes.Length + 1);
            var end = Math.Min(start + 1 + random.Next(12), bytes.Length);
            var noise = random.Next(2) == 0 ? (byte)random.Next(256) : Any(Hurt.Delimiters);
            var other = Any(Vectors);
            bytes = Any(Hurt.Ways)(bytes, start..end, noise, other[random.Next(other.Length + 1)..]);
        }

        return bytes;
    }

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private bool Rarely() => random.Next(12) == 0;

    private string Text(int length) => string.Create(length, random, (text, source) => source.GetItems(Letters, text));

    private string Chunk(string text) => $"{text.Length:x}{(Rarely() ? ";a=b" : "")}\r\n{text}\r\n";

    private T Any<T>(params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
