using System.Text;
using ActorHttp.Connections;
using Akka.IO;

namespace ActorHttp.Tests.Connections;

public sealed class ReceivedBytesTests
{
    private readonly ReceivedBytes _bytes = new();

    [Fact]
    public void Nothing_is_there_at_first()
    {
        Assert.Equal(0, _bytes.Count);
        Assert.Equal("", Unread);
        Assert.False(_bytes.Join());
    }

    [Fact]
    public void Pieces_stay_apart_until_they_are_joined()
    {
        Append("abc", "def", "ghi");
        Assert.Equal(9, _bytes.Count);
        Assert.Equal("abc", Unread);
        Assert.True(_bytes.Join());
        Assert.Equal("abcdef", Unread);
        Assert.True(_bytes.Join());
        Assert.Equal("abcdefghi", Unread);
        Assert.False(_bytes.Join());
        Assert.Equal("abcdefghi", Unread);
        Assert.Equal(9, _bytes.Count);
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
                Assert.Equal(lengths[i], _bytes.Unread.Length);
                Assert.Equal(-1, _bytes.Unread.IndexOfAnyExcept((byte)('a' + i)));
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
        Assert.Equal("c", Unread);
        Assert.Equal(4, _bytes.Count);
        _bytes.Consume(1);
        Assert.Equal("def", Unread);
        _bytes.Consume(3);
        Assert.Equal("", Unread);
        Assert.Equal(0, _bytes.Count);
    }

    [Fact]
    public void Joined_bytes_are_consumed_before_those_behind_them()
    {
        Append("abc", "def", "ghi");
        _bytes.Consume(1);
        _bytes.Join();
        Assert.Equal("bcdef", Unread);
        _bytes.Consume(4);
        Assert.Equal("f", Unread);
        _bytes.Join();
        Assert.Equal("fghi", Unread);
        _bytes.Consume(4);
        Assert.Equal(0, _bytes.Count);
        Append("jkl");
        Assert.Equal("jkl", Unread);
    }

    [Fact]
    public void A_lone_piece_has_nothing_to_be_joined_with()
    {
        Append("abc");
        Assert.False(_bytes.Join());
        Assert.Equal("abc", Unread);
        Append("def");
        Assert.True(_bytes.Join());
        Assert.Equal("abcdef", Unread);
    }

    [Fact]
    public void Empty_pieces_are_no_pieces()
    {
        Append("", "abc", "");
        Assert.Equal("abc", Unread);
        Assert.False(_bytes.Join());
        _bytes.Consume(3);
        Assert.Equal(0, _bytes.Count);
    }

    [Fact]
    public void Cleared_bytes_are_gone_and_new_ones_welcome()
    {
        Append("abc", "def");
        _bytes.Join();
        Append("ghi");
        _bytes.Clear();
        Assert.Equal(0, _bytes.Count);
        Assert.Equal("", Unread);
        Append("x");
        Assert.Equal("x", Unread);
        Assert.Equal(1, _bytes.Count);
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
            switch (random.Next(4))
            {
                case 0:
                    var piece = new string((char)('a' + (i % 26)), random.Next(0, 50));
                    sent.Append(piece);
                    Append(piece);
                    break;
                case 1:
                    _bytes.Join();
                    break;
                case 2:
                    var lent = Encoding.Latin1.GetBytes(new string((char)('A' + (i % 26)), random.Next(0, 50)));
                    sent.Append(Encoding.Latin1.GetString(lent));
                    _bytes.Borrow(lent);
                    var seen = random.Next(0, _bytes.Unread.Length + 1);
                    read.Append(Unread.AsSpan(0, seen));
                    _bytes.Consume(seen);
                    _bytes.Keep();

                    // Its owner receives the next.
                    lent.AsSpan().Fill((byte)'!');
                    break;
                default:
                    var count = random.Next(0, _bytes.Unread.Length + 1);
                    read.Append(Unread.AsSpan(0, count));
                    _bytes.Consume(count);
                    break;
            }

            Assert.Equal(sent.Length - read.Length, _bytes.Count);
        }

        while (_bytes.Count > 0)
        {
            read.Append(Unread);
            _bytes.Consume(_bytes.Unread.Length);
        }

        Assert.Equal(sent.ToString(), read.ToString());
    }

    private string Unread => Encoding.Latin1.GetString(_bytes.Unread);

    private void Append(params ReadOnlySpan<string> pieces)
    {
        foreach (var piece in pieces)
            _bytes.Append(ByteString.FromBytes(Encoding.Latin1.GetBytes(piece)));
    }
}
