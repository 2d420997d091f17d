using System.IO.Compression;
using ActorHttp.Semantics;
using BenchmarkDotNet.Attributes;

namespace ActorHttp.Micro;

/// <summary>The content codings, at the level that hocon/reference.conf has.</summary>
public class CodingBenchmarks
{
    // hocon/reference.conf's coding.whole-size, and the parts in which a body comes from a file.
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

    // As the server does it: what is small whole, what is larger part by part.
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
