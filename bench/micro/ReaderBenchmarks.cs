using BenchmarkDotNet.Attributes;

namespace ActorHttp.Micro;

/// <summary>Measures the way from the bytes of a socket to requests, as a connection reads them.</summary>
public class ReaderBenchmarks
{
    private readonly Feed _feed = new(Samples.Limits);
    private readonly byte[][] _echo = Feed.Whole(Samples.Echo);
    private readonly byte[][] _browser = Feed.Whole(Samples.Browser);
    private readonly byte[][] _pipelined = Feed.Whole(Samples.Pipelined);
    private readonly byte[][] _chunked = Feed.InPieces(Samples.ChunkedBody, 16 * 1024);
    private readonly byte[][] _sized = Feed.InPieces(Samples.SizedBody, 16 * 1024);
    private readonly byte[][] _byteByByte = Feed.ByteByByte(Samples.Browser);

    [Benchmark(Description = "small request"), Moves(nameof(Samples.Echo))]
    public int Echo() => _feed.Read(_echo).Requests;

    [Benchmark(Description = "browser request, 20 fields"), Moves(nameof(Samples.Browser))]
    public int Browser() => _feed.Read(_browser).Requests;

    [Benchmark(Description = "small request, of 16 at once", OperationsPerInvoke = 16), Moves(nameof(Samples.Pipelined), 16)]
    public int Pipelined() => _feed.Read(_pipelined).Requests;

    [Benchmark(Description = "64 KiB in chunks of 4 KiB"), Moves(nameof(Samples.ChunkedBody))]
    public long Chunked() => _feed.Read(_chunked).BodyBytes;

    [Benchmark(Description = "64 KiB with a length"), Moves(nameof(Samples.SizedBody))]
    public long Sized() => _feed.Read(_sized).BodyBytes;

    [Benchmark(Description = "browser request, byte by byte"), Moves(nameof(Samples.Browser))]
    public int ByteByByte() => _feed.Read(_byteByByte).Requests;
}
