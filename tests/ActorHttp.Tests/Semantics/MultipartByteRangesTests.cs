using System.Text;
using ActorHttp.Semantics;

namespace ActorHttp.Tests.Semantics;

public sealed class MultipartByteRangesTests
{
    private static readonly byte[] Bytes = Encoding.ASCII.GetBytes("0123456789abcdef");

    [Fact, Trait("RFC", "9110 §14.6")]
    public void Each_part_has_its_delimiter_its_type_and_its_range()
    {
        var frame = MultipartByteRanges.Of([new(0, 2), new(10, 3)], 16, "text/plain", "THIS_STRING");
        const string expected =
            "--THIS_STRING\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/16\r\n\r\n01"
            + "\r\n--THIS_STRING\r\nContent-Type: text/plain\r\nContent-Range: bytes 10-12/16\r\n\r\nabc"
            + "\r\n--THIS_STRING--\r\n";
        Assert.Equal(expected, Encoding.ASCII.GetString(Body(frame)));
        Assert.Equal("multipart/byteranges; boundary=THIS_STRING", frame.ContentType);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void The_length_is_known_before_a_byte_is_sent(int count)
    {
        var ranges = Enumerable.Range(0, count).Select(i => new ByteRange(i, 1)).ToArray();
        var frame = MultipartByteRanges.Of(ranges, 16, "application/octet-stream", "b");
        Assert.Equal(ranges, frame.Ranges);
        Assert.Equal(Body(frame).Length, frame.Length);
    }

    [Fact]
    public void Positions_may_be_as_large_as_a_file_can_be()
    {
        const long end = long.MaxValue - 1;
        var frame = MultipartByteRanges.Of([new(0, 1), new(end - 1, 1)], end, "text/plain", "b");
        Assert.Contains($"Content-Range: bytes {end - 1}-{end - 1}/{end}\r\n", Encoding.ASCII.GetString(frame.HeadOf(1).Span));
    }

    [Fact]
    public void A_length_that_no_number_can_hold_is_no_length() =>
        Assert.Throws<OverflowException>(() => MultipartByteRanges.Of([new(0, long.MaxValue)], long.MaxValue, "text/plain", "b").Length);

    [Theory, Trait("RFC", "2046 §5.1.1")]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("a\r\nb")]
    [InlineData("a\"b")]
    [InlineData("a;b")]
    [InlineData("a:b")]
    [InlineData("\u00E9")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234567890")]
    public void What_cannot_be_a_boundary_is_our_own_mistake(string boundary) =>
        Assert.Throws<ArgumentException>(() => MultipartByteRanges.Of([new(0, 1)], 16, "text/plain", boundary));

    [Theory]
    [InlineData("")]
    [InlineData("text/plain\r\nX: y")]
    [InlineData("text/plain\0")]
    [InlineData("text/\u00E9")]
    public void A_type_that_would_break_out_of_its_field_is_our_own_mistake(string type) =>
        Assert.Throws<ArgumentException>(() => MultipartByteRanges.Of([new(0, 1)], 16, type, "b"));

    [Fact]
    public void No_ranges_are_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => MultipartByteRanges.Of([], 16, "text/plain", "b"));

    private static byte[] Body(MultipartByteRanges frame)
    {
        var body = new MemoryStream();
        for (var part = 0; part < frame.Ranges.Length; part++)
        {
            body.Write(frame.HeadOf(part).Span);
            body.Write(Bytes, (int)frame.Ranges[part].First, (int)frame.Ranges[part].Length);
        }

        body.Write(frame.Closing);
        return body.ToArray();
    }
}
