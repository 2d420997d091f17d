using System.Text;
using ActorHttp.Buffers;

namespace ActorHttp.Tests.Buffers;

public sealed class ReceivedBytesTests
{
    // The defaults: io.receive-window, and the frame of io.frame-size that can come on top.
    private const int Window = 64 * 1024;
    private const int Frame = 16 * 1024;

    private readonly ReceivedBytes _bytes = new();

    [Fact]
    public void Nothing_is_there_at_first()
    {
        Assert.Equal(0, _bytes.Count);
        Assert.Equal("", Unread);
        Assert.Equal(0, _bytes.Held);
    }

    [Fact]
    public void Segments_are_shown_as_one_stream()
    {
        Append("abc", "", "def", "ghi");
        Assert.Equal(9, _bytes.Count);
        Assert.Equal("abcdefghi", Unread);
    }

    [Fact]
    public void What_was_lent_is_kept_whatever_becomes_of_the_buffer()
    {
        int[] lengths = [100, 16_300, 40_000, 65_536];
        var buffer = new byte[65_536];
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < lengths.Length; i++)
            {
                buffer.AsSpan().Fill((byte)('a' + i));
                _bytes.Borrow(buffer.AsMemory(0, lengths[i]));
                _bytes.Keep();
            }

            buffer.AsSpan().Clear();
            Assert.Equal(lengths.Sum(), _bytes.Count);
            for (var i = 0; i < lengths.Length; i++)
            {
                Assert.Equal(-1, _bytes.Unread[..lengths[i]].IndexOfAnyExcept((byte)('a' + i)));
                _bytes.Consume(lengths[i] / 2);
                _bytes.Consume(lengths[i] - (lengths[i] / 2));
            }
        }

        Assert.Equal(0, _bytes.Count);
    }

    [Fact]
    public void What_is_consumed_is_not_shown_again()
    {
        Append("abc", "def");
        _bytes.Consume(2);
        Assert.Equal("cdef", Unread);
        Assert.Equal(4, _bytes.Count);
        _bytes.Consume(4);
        Assert.Equal("", Unread);
        Assert.Equal(0, _bytes.Count);
    }

    [Fact]
    public void Nothing_is_held_for_what_is_read()
    {
        Append(new string('a', 50_000));
        Assert.NotEqual(0, _bytes.Held);
        _bytes.Consume(50_000);
        Assert.Equal(0, _bytes.Held);
    }

    // A client sends as much as is used up, in small segments. To move all bytes for each segment would cost hundreds of copies
    // of each byte.
    [Theory]
    [InlineData(250)]
    [InlineData(4_000)]
    [InlineData(32_700)]
    [InlineData(65_000)]
    [InlineData(80_000)]
    public void A_nearly_full_buffer_is_replaced_by_a_larger_one(int held)
    {
        Append(new string('a', held));
        var size = _bytes.Held;
        for (var i = 0; i < 100 && _bytes.Held == size; i++)
        {
            _bytes.Consume(30);
            Append(new string('b', 30));
        }

        Assert.InRange(_bytes.Held, size + 1, 2 * size);
    }

    [Fact]
    public void Cleared_bytes_are_gone_and_new_ones_welcome()
    {
        Append("abc", "def");
        _bytes.Clear();
        Assert.Equal(0, _bytes.Count);
        Assert.Equal(0, _bytes.Held);
        Assert.Equal("", Unread);
        Append("x");
        Assert.Equal("x", Unread);
        Assert.Equal(1, _bytes.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(Frame)]
    public void However_small_the_segments_are_they_cost_what_their_bytes_do(int segment)
    {
        var lent = new byte[segment];

        // What the pool keeps for this thread is there from now on.
        Fill();
        _bytes.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(_bytes.Count, Window, Window + Frame);
        Assert.InRange(_bytes.Held, Window, Window + Frame);
        Assert.InRange(allocated, 0, 4 * (Window + Frame));

        void Fill()
        {
            while (_bytes.Count < Window)
            {
                _bytes.Borrow(lent);
                _bytes.Keep();
            }
        }
    }

    // A client that pipelines, and whose requests are read one by one as they are answered.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(18, 18)]
    [InlineData(Frame, 18)]
    [InlineData(Frame, 40_000)]
    [InlineData(1, Window)]
    public void Bytes_that_are_read_make_room_for_those_that_come(int segment, int read)
    {
        var lent = new byte[segment];
        for (var i = 0; i < 20_000; i++)
        {
            while (_bytes.Count >= Window)
                _bytes.Consume(Math.Min(read, _bytes.Count));
            _bytes.Append(lent);
            Assert.InRange(_bytes.Held, _bytes.Count, Window + Frame);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void However_the_bytes_are_cut_they_come_out_the_same(int seed)
    {
        var random = new Random(seed);
        var sent = new StringBuilder();
        var read = new StringBuilder();
        for (var i = 0; i < 2_000; i++)
        {
            var most = random.Next(20) == 0 ? 20_000 : 50;
            switch (random.Next(3))
            {
                case 0:
                    var piece = new string((char)('a' + (i % 26)), random.Next(0, most));
                    sent.Append(piece);
                    Append(piece);
                    break;
                case 1:
                    var lent = Encoding.Latin1.GetBytes(new string((char)('A' + (i % 26)), random.Next(0, most)));
                    sent.Append(Encoding.Latin1.GetString(lent));
                    _bytes.Borrow(lent);
                    Take(random.Next(0, _bytes.Count + 1));
                    _bytes.Keep();

                    // Its owner receives the next.
                    lent.AsSpan().Fill((byte)'!');
                    break;
                default:
                    Take(random.Next(0, _bytes.Count + 1));
                    break;
            }

            Assert.Equal(sent.Length - read.Length, _bytes.Count);
        }

        Take(_bytes.Count);
        Assert.Equal(sent.ToString(), read.ToString());

        void Take(int count)
        {
            read.Append(Unread.AsSpan(0, count));
            _bytes.Consume(count);
        }
    }

    private string Unread => Encoding.Latin1.GetString(_bytes.Unread);

    private void Append(params ReadOnlySpan<string> pieces)
    {
        foreach (var piece in pieces)
            _bytes.Append(Encoding.Latin1.GetBytes(piece));
    }
}
