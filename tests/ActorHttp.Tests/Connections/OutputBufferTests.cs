using System.Text;
using ActorHttp.Protocol;

namespace ActorHttp.Tests.Connections;

public sealed class OutputBufferTests
{
    private readonly OutputBuffer _output = new();

    [Fact]
    public void Small_writes_leave_in_one_piece()
    {
        _output.Write("abc"u8);
        _output.WriteBody("def"u8.ToArray());
        Assert.Equal(6, _output.Count);
        var pieces = _output.Take();
        Assert.Single(pieces);
        Assert.Equal("abcdef", Text(pieces));
        Assert.True(_output.IsEmpty);
    }

    [Fact]
    public void A_large_body_is_not_copied_and_keeps_its_place()
    {
        var body = Encoding.ASCII.GetBytes(new string('x', 100_000));
        _output.Write("head"u8);
        _output.WriteBody(body);
        _output.Write("tail"u8);
        var pieces = _output.Take();
        Assert.Equal(3, pieces.Length);
        Assert.Same(body, pieces[1].Array);
        Assert.Equal("head" + new string('x', 100_000) + "tail", Text(pieces));
    }

    [Fact]
    public void More_than_one_array_holds_stays_in_order()
    {
        var expected = new StringBuilder();
        for (var i = 0; i < 3_000; i++)
        {
            _output.Write(Encoding.ASCII.GetBytes($"{i},"));
            expected.Append($"{i},");
        }

        Assert.Equal(expected.Length, _output.Count);
        Assert.Equal(expected.ToString(), Text(_output.Take()));
    }

    [Fact]
    public void What_was_taken_stays_untouched_until_it_is_released()
    {
        _output.Write("first"u8);
        var first = _output.Take();
        _output.Write("SECOND"u8);
        Assert.Equal("first", Text(first));
        Assert.Equal("SECOND", Text(_output.Take()));
        Assert.Equal("first", Text(first));
        _output.Release();
    }

    [Fact]
    public void Nothing_gives_nothing()
    {
        Assert.Empty(_output.Take());
        _output.GetSpan(10);
        Assert.True(_output.IsEmpty);
        Assert.Empty(_output.Take());
        _output.Release();
    }

    private static string Text(ArraySegment<byte>[] pieces) => Encoding.ASCII.GetString([.. pieces.SelectMany(piece => piece)]);
}
