using System.Text;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Micro;

/// <summary>The requests, answers and bodies of the benchmarks.</summary>
internal static class Samples
{
    /// <summary>The default limits of hocon/reference.conf.</summary>
    public static readonly ReaderLimits Limits = new(8 * 1024, 32 * 1024, 100, 16 * 1024, 32 * 1024);

    /// <summary>Limits that no case reaches, to see how costs grow.</summary>
    public static readonly ReaderLimits NoLimits = new(
        int.MaxValue / 4, int.MaxValue / 4, int.MaxValue / 4, int.MaxValue / 4, int.MaxValue / 4);

    public static readonly byte[] Echo = Bytes("GET /echo/abc HTTP/1.1\r\nHost: localhost\r\n\r\n");

    /// <summary>20 fields, 1.5 KB.</summary>
    public static readonly byte[] Browser = Bytes(
        "GET /user-agent HTTP/1.1\r\nHost: localhost:4221\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
        + "sec-ch-ua: \"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\n"
        + "sec-ch-ua-platform: \"Linux\"\r\nDNT: 1\r\nUpgrade-Insecure-Requests: 1\r\n"
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n"
        + "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
        + $"Referer: http://localhost:4221/index.html?{new string('q', 100)}\r\n"
        + "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
        + "If-None-Match: \"5f3a-1b2c\"\r\nPriority: u=0, i\r\n"
        + $"Cookie: session={new string('c', 430)}; theme={new string('d', 180)}\r\n\r\n");

    public static readonly byte[] Pipelined = Bytes(string.Concat(Enumerable.Repeat(Encoding.Latin1.GetString(Echo), 16)));

    /// <summary>64 KiB in chunks of 4 KiB.</summary>
    public static readonly byte[] ChunkedBody = Bytes(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + string.Concat(Enumerable.Repeat($"1000\r\n{new string('x', 4096)}\r\n", 16)) + "0\r\n\r\n");

    /// <summary>64 KiB.</summary>
    public static readonly byte[] SizedBody = Bytes(
        $"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {64 * 1024}\r\n\r\n{new string('x', 64 * 1024)}");

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Returns a number of bytes of English text and numbers. Each coding reduces them to half or less.</summary>
    public static byte[] Text(int length)
    {
        var text = new StringBuilder();
        for (var line = 1; text.Length < length; line++)
            text.Append(line).Append(" requests were answered, and ").Append(line * 7919 % 1000).Append(" of them were for a file.\n");
        return Bytes(text.ToString(0, length));
    }
}
