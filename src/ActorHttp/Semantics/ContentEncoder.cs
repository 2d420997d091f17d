using System.IO.Compression;
using ActorHttp.Buffers;
using ZstdSharp;

namespace ActorHttp.Semantics;

/// <summary>Applies a content coding (RFC 9110 §8.4.1) to bytes as they come.</summary>
internal sealed class ContentEncoder : IDisposable
{
    // Coded bytes that zstd gathers before it hands them on. Its own default, 128 KiB, would be held for each stream.
    private const int ZstdBufferSize = 16 * 1024;

    // Coded bytes that there is room for from the beginning: to grow from nothing costs a copy each time it doubles.
    private const int UsualOutput = 32 * 1024;

    private readonly MemoryStream _output;
    private readonly Stream _codec;
    private bool _isTaken;

    /// <summary>An encoder for a body as it comes.</summary>
    public ContentEncoder(ContentCoding coding, CompressionLevel level)
        : this(coding, level, UsualOutput)
    {
    }

    private ContentEncoder(ContentCoding coding, CompressionLevel level, int room)
    {
        _output = new MemoryStream(room);
        _codec = coding switch
        {
            ContentCoding.Gzip => new GZipStream(_output, level, leaveOpen: true),
            ContentCoding.Brotli => new BrotliStream(_output, level, leaveOpen: true),

            // RFC 9110 §8.4.1.2: "deflate" is the zlib format around the deflate stream, not the bare stream.
            ContentCoding.Deflate => new ZLibStream(_output, level, leaveOpen: true),
            ContentCoding.Zstd => new CompressionStream(_output, ZstdLevel(level), ZstdBufferSize, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "There is nothing to encode."),
        };
        Resources.Open(this);
    }

    /// <summary>The number of coded bytes that can be taken.</summary>
    public long OutputCount => _isTaken ? 0 : _output.Length;

    /// <summary>These bytes coded, as a whole.</summary>
    public static byte[] Encode(ContentCoding coding, CompressionLevel level, ReadOnlySpan<byte> bytes)
    {
        // Told the length beforehand, zstd makes its tables to measure and keeps no window.
        if (coding == ContentCoding.Zstd)
        {
            using var compressor = new Compressor(ZstdLevel(level));
            return compressor.Wrap(bytes).ToArray();
        }

        using var encoder = new ContentEncoder(coding, level, Math.Min(bytes.Length, UsualOutput));
        encoder.Write(bytes);
        encoder.Finish();
        return encoder.TakeOutput().ToArray();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Forget();
        _codec.Write(bytes);
    }

    /// <summary>No more bytes will come: what the codec holds back becomes output.</summary>
    public void Finish()
    {
        Forget();
        _codec.Dispose();
    }

    /// <summary>The coded bytes so far, which are forgotten with the next call: their memory is used again.</summary>
    public ReadOnlyMemory<byte> TakeOutput()
    {
        Forget();
        _isTaken = true;
        return _output.GetBuffer().AsMemory(0, (int)_output.Length);
    }

    public void Dispose()
    {
        _codec.Dispose();
        _output.Dispose();
        Resources.Close(this);
    }

    private void Forget()
    {
        if (!_isTaken)
            return;
        _output.SetLength(0);
        _isTaken = false;
    }

    // RFC 9659 §3: no frame of this coding may need a window of more than 8 MB. These levels have 512 KB, 2 MB and 4 MB;
    // 17 would be at the limit and 20 past it. The smallest is not 12: its tables hold 55 MB for each stream, those of 9
    // hold 17 MB, and what they find is nearly as small.
    private static int ZstdLevel(CompressionLevel level) => level switch
    {
        CompressionLevel.Fastest => 1,
        CompressionLevel.Optimal => 3,
        CompressionLevel.SmallestSize => 9,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Not a level of ours."),
    };
}
