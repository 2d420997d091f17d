using System.IO.Compression;
using ActorHttp.Semantics;
using BenchmarkDotNet.Attributes;

namespace ActorHttp.Micro;

/// <summary>Measures the content codings, at the default level of hocon/reference.conf.</summary>
public class CodingBenchmarks
{
    // The default of coding.whole-size, and the size of the parts of a file's body.
    private const int WholeSize = 32 * 1024;
    private const int PartSize = 64 * 1024;

    private byte[] _text = [];
    private byte[][] _parts = [];

    [Params(1_000, 100_000)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _text = Samples.Text(Bytes);
        _parts = [.. _text.Chunk(PartSize)];
    }

    [Benchmark(Description = "gzip"), Moves(nameof(Bytes))]
    public int Gzip() => Encode(ContentCoding.Gzip);

    [Benchmark(Description = "br"), Moves(nameof(Bytes))]
    public int Brotli() => Encode(ContentCoding.Brotli);

    [Benchmark(Description = "zstd"), Moves(nameof(Bytes))]
    public int Zstd() => Encode(ContentCoding.Zstd);

    // Codes as the server does: small bodies whole, larger bodies part by part.
    private int Encode(ContentCoding coding)
    {
        if (Bytes <= WholeSize)
            return ContentEncoder.Encode(coding, CompressionLevel.Fastest, _text).Length;
        using var encoder = new ContentEncoder(coding, CompressionLevel.Fastest);
        var length = 0;
        foreach (var part in _parts)
        {
            encoder.Write(part);
            length += encoder.TakeOutput().Length;
        }

        encoder.Finish();
        return length + encoder.TakeOutput().Length;
    }
}
