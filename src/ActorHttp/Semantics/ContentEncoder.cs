using System.IO.Compression;

namespace ActorHttp.Semantics;

/// <summary>Applies a content coding (RFC 9110 §8.4.1) to bytes as they come, with the codecs of the platform.</summary>
internal sealed class ContentEncoder : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly Stream _codec;

    public ContentEncoder(ContentCoding coding, CompressionLevel level) => _codec = coding switch
    {
        ContentCoding.Gzip => new GZipStream(_output, level, leaveOpen: true),
        ContentCoding.Brotli => new BrotliStream(_output, level, leaveOpen: true),

        // RFC 9110 §8.4.1.2: "deflate" is the zlib format around the deflate stream, not the bare stream.
        ContentCoding.Deflate => new ZLibStream(_output, level, leaveOpen: true),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "There is nothing to encode."),
    };

    /// <summary>The number of coded bytes that can be taken.</summary>
    public long OutputCount => _output.Length;

    /// <summary>These bytes coded, as a whole.</summary>
    public static byte[] Encode(ContentCoding coding, CompressionLevel level, ReadOnlySpan<byte> bytes)
    {
        using var encoder = new ContentEncoder(coding, level);
        encoder.Write(bytes);
        encoder.Finish();
        return encoder.TakeOutput();
    }

    public void Write(ReadOnlySpan<byte> bytes) => _codec.Write(bytes);

    /// <summary>No more bytes will come: what the codec holds back becomes output.</summary>
    public void Finish() => _codec.Dispose();

    /// <summary>The coded bytes so far, which are then forgotten.</summary>
    public byte[] TakeOutput()
    {
        var bytes = _output.ToArray();
        _output.SetLength(0);
        return bytes;
    }

    public void Dispose()
    {
        _codec.Dispose();
        _output.Dispose();
    }
}
