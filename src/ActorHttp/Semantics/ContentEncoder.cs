using System.IO.Compression;
using ActorHttp.Buffers;
using ZstdSharp;

namespace ActorHttp.Semantics;

/// <summary>Applies a content coding (RFC 9110 §8.4.1) to a stream of bytes.</summary>
internal sealed class ContentEncoder : IDisposable
{
    // The output buffer of the zstd stream, in bytes. The default of the library, 128 KiB, is too much memory for each stream.
    private const int ZstdBufferSize = 16 * 1024;

    // The initial capacity of the output, in bytes. A smaller buffer would have to grow, and each growth would copy the output.
    private const int UsualOutput = 32 * 1024;

    private readonly MemoryStream _output;
    private readonly Stream _codec;
    private bool _isTaken;

    /// <summary>Creates an encoder for a streamed body.</summary>
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

            // RFC 9110 §8.4.1.2: "deflate" is the zlib format around a deflate stream, and not the bare deflate stream.
            ContentCoding.Deflate => new ZLibStream(_output, level, leaveOpen: true),
            ContentCoding.Zstd => new CompressionStream(_output, ZstdLevel(level), ZstdBufferSize, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "There is nothing to encode."),
        };
        Resources.Open(this);
    }

    /// <summary>The number of coded bytes that <see cref="TakeOutput"/> would return.</summary>
    public long OutputCount => _isTaken ? 0 : _output.Length;

    /// <summary>Encodes a complete body in one step.</summary>
    public static byte[] Encode(ContentCoding coding, CompressionLevel level, ReadOnlySpan<byte> bytes)
    {
        // Compressor receives the whole body at once. So Compressor uses tables of the right size and needs no window.
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

    /// <summary>Ends the body. Moves the last coded bytes from the codec to the output.</summary>
    public void Finish()
    {
        Forget();
        _codec.Dispose();
    }

    /// <summary>Returns and removes the coded bytes. The bytes are valid until the next call, which reuses their memory.</summary>
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

    // RFC 9659 §3: no zstd frame may need a window of more than 8 MB. The three levels below have windows of 512 KB, 2 MB and 4
    // MB. Level 17 would reach the limit, and level 20 would exceed the limit. SmallestSize is level 9 and not 12. The tables of
    // level 9 need 17 MB for each stream, and the tables of level 12 need 55 MB. The output of level 9 is nearly as small.
    private static int ZstdLevel(CompressionLevel level) => level switch
    {
        CompressionLevel.Fastest => 1,
        CompressionLevel.Optimal => 3,
        CompressionLevel.SmallestSize => 9,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Not a level of ours."),
    };
}
