using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace ActorHttp.Tests.Connections;

/// <summary>One answer as a client reads it: the head, and the body without its framing.</summary>
internal sealed record WrittenAnswer(string Head, byte[] Body)
{
    public string StatusLine => Head.Split("\r\n")[0];

    public string? this[string name] => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 2)..])
        .SingleOrDefault();

    public byte[] Decoded
    {
        get
        {
            var coded = new MemoryStream(Body);
            using Stream decoder = this["Content-Encoding"] switch
            {
                "gzip" => new GZipStream(coded, CompressionMode.Decompress),
                "br" => new BrotliStream(coded, CompressionMode.Decompress),
                "zstd" => new ZstdSharp.DecompressionStream(coded),
                "deflate" => new ZLibStream(coded, CompressionMode.Decompress),
                _ => coded,
            };
            var decoded = new MemoryStream();
            decoder.CopyTo(decoded);
            return decoded.ToArray();
        }
    }

    /// <summary>Takes writes from the kit until an answer with a body is complete.</summary>
    public static WrittenAnswer Expect(ConnectionKit kit)
    {
        var written = new StringBuilder();
        while (true)
        {
            written.Append(kit.ExpectWrite());
            var text = written.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            var (head, rest) = (text[..end], text[(end + 4)..]);
            var answer = new WrittenAnswer(head, Encoding.Latin1.GetBytes(rest));
            if (answer["Transfer-Encoding"] == "chunked" ? TryUnchunk(rest, out rest) : rest.Length == Length(answer))
                return answer with { Body = Encoding.Latin1.GetBytes(rest) };
        }
    }

    /// <summary>An answer that ends with its head.</summary>
    public static WrittenAnswer ExpectHead(ConnectionKit kit)
    {
        var text = kit.ExpectWrite();
        Assert.EndsWith("\r\n\r\n", text);
        return new WrittenAnswer(text[..^4], []);
    }

    private static int Length(WrittenAnswer answer) => int.Parse(answer["Content-Length"]!, CultureInfo.InvariantCulture);

    private static bool TryUnchunk(string chunked, out string body)
    {
        var unchunked = new StringBuilder();
        body = chunked;
        while (chunked.IndexOf("\r\n", StringComparison.Ordinal) is var line and >= 0)
        {
            var size = int.Parse(chunked.AsSpan(0, line), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (chunked.Length < line + 2 + size + 2)
                return false;
            unchunked.Append(chunked, line + 2, size);
            chunked = chunked[(line + 2 + size)..];
            Assert.StartsWith("\r\n", chunked);
            chunked = chunked[2..];
            if (size > 0)
                continue;
            body = unchunked.ToString();
            Assert.Equal("", chunked);
            return true;
        }

        return false;
    }
}
