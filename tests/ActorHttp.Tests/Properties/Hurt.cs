namespace ActorHttp.Tests.Properties;

/// <summary>What turns a good request into a bad one.</summary>
internal static class Hurt
{
    /// <summary>What requests are made of, and what breaks them, so that chance gets further than the first byte.</summary>
    public static readonly string[] Fragments =
    [
        "GET ", "POST ", "OPTIONS ", "CONNECT ", "/", "*", "http://b", "/x?y", "%2e", "%", "#", " HTTP/1.1\r\n", " HTTP/1.0\r\n",
        " HTTP/2.0\r\n",
        "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\n", "Host: a\r\n", "Host: [::1]:80\r\n", "Host:", "Content-Length: ",
        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: ", "gzip, ", "chunked", "Expect: 100-continue\r\n",
        "Connection: close\r\n", "Connection: ", "keep-alive", "X: y\r\n", "X", ":", ";", "=", "\"", "\\", ",", " ", "\t", "\r", "\n",
        "\r\n",
        "\r\n\r\n", "0", "5", "a", "F", "0\r\n\r\n", "5\r\nhello\r\n", "1;a=b\r\nx\r\n", "hello", "\0", "\x7F", "\x80", "\xFF",
        "\x16\x03\x01",
    ];

    /// <summary>The bytes that say where things end.</summary>
    public static readonly byte[] Delimiters = "\r\n \t:;,0%\"\0"u8.ToArray();

    /// <summary>Ways to hurt a range of bytes, given one byte of noise and the end of another request.</summary>
    public static readonly Func<byte[], Range, byte, byte[], byte[]>[] Ways =
    [
        (bytes, range, noise, _) => [.. bytes[..range.Start], noise, .. bytes[range.End..]],
        (bytes, range, noise, _) => [.. bytes[..range.Start], noise, .. bytes[range.Start..]],
        (bytes, range, _, _) => [.. bytes[..range.Start], .. bytes[range.End..]],
        (bytes, range, _, _) => [.. bytes[..range.End], .. bytes[range.Start..]],
        (bytes, range, _, tail) => [.. bytes[..range.Start], .. tail],
    ];
}
