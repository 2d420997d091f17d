using System.IO.Compression;
using System.Text;
using ActorHttp.Semantics;
using FsCheck.Xunit;
using ZstdSharp;

namespace ActorHttp.Tests.Semantics;

public sealed class ContentEncoderTests
{
    private static readonly byte[] Prose = Text(300_000);

    private static readonly CompressionLevel[] Levels =
        [CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.SmallestSize];

    public static TheoryData<string> Tokens =>
        [.. Enum.GetValues<ContentCoding>().Where(coding => coding != ContentCoding.Identity).Select(coding => coding.Token())];

    [Theory, Trait("RFC", "9110 §8.4.1")]
    [MemberData(nameof(Tokens))]
    public void What_is_coded_whole_decodes_to_what_it_was(string token)
    {
        foreach (var level in Levels)
        {
            foreach (var length in (int[])[0, 1, 255, 32 * 1024, Prose.Length])
            {
                var bytes = Prose[..length];
                Assert.Equal(bytes, Decode(token, ContentEncoder.Encode(Coding(token), level, bytes)));
            }
        }
    }

    [Theory, Trait("RFC", "9110 §8.4.1")]
    [MemberData(nameof(Tokens))]
    public void What_is_coded_in_pieces_decodes_to_what_it_was(string token)
    {
        foreach (var level in Levels)
        {
            var coded = Stream(token, level, Prose, 7_001);
            Assert.Equal(Prose, Decode(token, coded));
            Assert.True(coded.Length < Prose.Length / 2);
        }
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Nothing_at_all_decodes_to_nothing(string token) =>
        Assert.Empty(Decode(token, Stream(token, CompressionLevel.Fastest, [], 1)));

    // Of a client that leaves before the end of the body: nothing but Dispose gives the native memory back.
    [Theory]
    [MemberData(nameof(Tokens))]
    public void An_encoder_that_is_given_up_holds_no_codec(string token)
    {
        var encoder = new ContentEncoder(Coding(token), CompressionLevel.Fastest);
        encoder.Write(Prose);
        encoder.Dispose();
        Assert.ThrowsAny<ObjectDisposedException>(() => encoder.Write(Prose));
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Output_comes_before_the_end_and_is_given_once(string token)
    {
        using var encoder = new ContentEncoder(Coding(token), CompressionLevel.Fastest);
        encoder.Write(Prose);
        Assert.True(encoder.OutputCount > 0);
        var first = encoder.TakeOutput().ToArray();
        Assert.Equal(0, encoder.OutputCount);
        Assert.True(encoder.TakeOutput().IsEmpty);
        encoder.Finish();
        Assert.Equal(Prose, Decode(token, [.. first, .. encoder.TakeOutput().Span]));
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void An_encoder_can_be_given_up_in_the_middle_and_finished_more_than_once(string token)
    {
        using (var encoder = new ContentEncoder(Coding(token), CompressionLevel.Fastest))
        {
            encoder.Write(Prose);
        }

        using var finished = new ContentEncoder(Coding(token), CompressionLevel.Fastest);
        finished.Finish();
        var count = finished.OutputCount;
        finished.Finish();
        Assert.Equal(count, finished.OutputCount);
    }

    [Fact]
    public void There_is_no_encoder_for_plain_bytes() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ContentEncoder(ContentCoding.Identity, CompressionLevel.Fastest));

    [Fact, Trait("RFC", "9659 §3")]
    public void No_frame_of_zstd_needs_a_window_of_more_than_8_MB()
    {
        var noise = new byte[9 * 1024 * 1024];
        new Random(1).NextBytes(noise);
        foreach (var level in Levels)
        {
            Assert.InRange(WindowOf(Stream("zstd", level, noise, 64 * 1024)), 1024, 8 * 1024 * 1024);
            Assert.InRange(WindowOf(ContentEncoder.Encode(ContentCoding.Zstd, level, Prose)), 1024, 8 * 1024 * 1024);
        }
    }

    [Property(MaxTest = 200)]
    public void Bytes_of_any_kind_come_back_from_zstd(byte[] bytes, byte size)
    {
        Assert.Equal(bytes, Decode("zstd", ContentEncoder.Encode(ContentCoding.Zstd, CompressionLevel.Fastest, bytes)));
        Assert.Equal(bytes, Decode("zstd", Stream("zstd", CompressionLevel.Fastest, bytes, size + 1)));
    }

    private static ContentCoding Coding(string token)
    {
        Assert.True(ContentCodings.TryParse(token, out var coding));
        return coding;
    }

    private static byte[] Stream(string token, CompressionLevel level, byte[] bytes, int size)
    {
        using var encoder = new ContentEncoder(Coding(token), level);
        var coded = new MemoryStream();
        foreach (var piece in bytes.Chunk(size))
        {
            encoder.Write(piece);
            coded.Write(encoder.TakeOutput().Span);
        }

        encoder.Finish();
        coded.Write(encoder.TakeOutput().Span);
        return coded.ToArray();
    }

    private static byte[] Decode(string token, byte[] coded)
    {
        using var source = new MemoryStream(coded);
        using Stream decoder = token switch
        {
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            _ => new DecompressionStream(source, checkEndOfStream: true),
        };
        var decoded = new MemoryStream();
        decoder.CopyTo(decoded);
        return decoded.ToArray();
    }

    // RFC 8878 §3.1.1.1: magic number, descriptor, and either a window descriptor or, in a single segment, the content's size.
    private static long WindowOf(byte[] frame)
    {
        Assert.Equal(0xFD2FB528, BitConverter.ToUInt32(frame));
        if ((frame[4] & 0x20) != 0)
        {
            return (frame[4] >> 6) switch
            {
                0 => frame[5],
                1 => BitConverter.ToUInt16(frame, 5) + 256,
                2 => BitConverter.ToUInt32(frame, 5),
                _ => BitConverter.ToInt64(frame, 5),
            };
        }

        var windowBase = 1L << (10 + (frame[5] >> 3));
        return windowBase + (windowBase / 8 * (frame[5] & 7));
    }

    private static byte[] Text(int length)
    {
        var random = new Random(1);
        var words = Enumerable.Range(0, 500).Select(
            _ => string.Concat(Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)random.Next('a', 'z')))).ToArray();
        var text = new StringBuilder();
        while (text.Length < length)
            text.Append(words[random.Next(words.Length)]).Append(' ');
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
