using System.Buffers;
using System.Text;
using ActorHttp.Buffers;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Buffers;

public class OutputBufferTests
{
    private const int Large = 64 * 1024;

    [Fact]
    public void It_starts_empty()
    {
        var output = new OutputBuffer();

        Assert.True(output.IsEmpty);
        Assert.Empty(output.Take());
    }

    [Fact]
    public void Small_writes_share_one_piece()
    {
        var output = new OutputBuffer();
        output.Write("HTTP/1.1 200 OK\r\n\r\n"u8);
        output.WriteBody("hello"u8.ToArray());

        Assert.Equal(24, output.Count);
        Assert.Equal("HTTP/1.1 200 OK\r\n\r\nhello", Encoding.ASCII.GetString(Assert.Single(output.Take())));
        Assert.True(output.IsEmpty);
    }

    [Fact]
    public void A_large_body_is_not_copied()
    {
        var output = new OutputBuffer();
        var body = new byte[Large + 10];
        output.Write("before"u8);
        output.WriteBody(body.AsMemory(10));
        output.Write("behind"u8);

        Assert.Equal(Large + 12, output.Count);
        var pieces = output.Take();
        Assert.Equal(["before", "behind"], [Encoding.ASCII.GetString(pieces[0]), Encoding.ASCII.GetString(pieces[2])]);
        Assert.Same(body, pieces[1].Array);
        Assert.Equal((10, Large), (pieces[1].Offset, pieces[1].Count));
    }

    [Fact]
    public void A_small_body_is_copied_so_that_its_memory_may_serve_again()
    {
        var output = new OutputBuffer();
        var body = "hello"u8.ToArray();
        output.WriteBody(body);
        body.AsSpan().Clear();

        Assert.Equal("hello", Encoding.ASCII.GetString(Assert.Single(output.Take())));
    }

    [Fact]
    public void A_large_body_without_an_array_is_copied()
    {
        var output = new OutputBuffer();
        using var memory = new Unarrayed(Large);
        memory.GetSpan().Fill((byte)'x');
        output.Write("before"u8);
        output.WriteBody(memory.Memory);
        output.Write("behind"u8);

        Assert.Equal($"before{new string('x', Large)}behind", Text(output));
    }

    [Fact]
    public void Bytes_that_were_asked_for_and_not_used_are_not_sent()
    {
        var output = new OutputBuffer();
        output.GetSpan(100).Fill((byte)'x');
        output.Advance(2);
        output.GetSpan(5000).Fill((byte)'y');
        output.Advance(3);
        output.GetSpan(10).Fill((byte)'z');

        Assert.Equal(5, output.Count);
        Assert.Equal("xxyyy", Text(output));
    }

    [Fact]
    public void What_was_taken_stays_untouched_until_it_is_released()
    {
        var output = new OutputBuffer();
        output.Write("first"u8);
        var first = output.Take();
        output.Write("second"u8);
        var second = output.Take();

        Assert.Equal("first", Encoding.ASCII.GetString(Assert.Single(first)));
        Assert.Equal("second", Encoding.ASCII.GetString(Assert.Single(second)));
        output.Release();
        output.Release();
        output.Write("third"u8);
        Assert.Equal("third", Text(output));
    }

    // Each write is one kind (copied, body, in place) and a length; lengths lie around the sizes at which arrays are rented.
    [Property(MaxTest = 200)]
    public Property Bytes_leave_in_the_order_in_which_they_were_written() => Prop.ForAll(
        (from kind in Gen.Elements('w', 'b', 'g')
         from length in Gen.OneOf(Gen.Choose(0, 40), Gen.Elements(1023, 1024, 1025, 4096, 16 * 1024, (16 * 1024) + 1, Large))
         select (kind, length)).ListOf().ToArbitrary(),
        writes =>
        {
            var output = new OutputBuffer();
            var expected = new List<byte>();
            foreach (var (kind, length) in writes)
            {
                var bytes = new byte[length];
                bytes.AsSpan().Fill((byte)expected.Count);
                if (kind == 'w')
                {
                    output.Write(bytes);
                }
                else if (kind == 'b')
                {
                    output.WriteBody(bytes);
                }
                else
                {
                    bytes.CopyTo(output.GetSpan(length));
                    output.Advance(length);
                }

                expected.AddRange(bytes);
                Assert.Equal(expected.Count, output.Count);
            }

            Assert.True(output.Take().SelectMany(piece => piece).SequenceEqual(expected));
            output.Release();
        });

    private static string Text(OutputBuffer output) =>
        string.Concat(output.Take().Select(piece => Encoding.ASCII.GetString(piece)));

    // Memory that is no array, as a file mapped into memory is.
    private sealed class Unarrayed(int length) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[length];

        public override Span<byte> GetSpan() => _bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
