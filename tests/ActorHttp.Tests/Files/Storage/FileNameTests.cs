using System.Text;
using ActorHttp.Files.Storage;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Files.Storage;

public sealed class FileNameTests
{
    [Property(MaxTest = 1000)]
    public void Each_name_of_bytes_is_one_text_and_back(byte[] bytes)
    {
        var text = FileName.Decode(bytes);
        Assert.Equal(bytes, FileName.Encode(text));
        Assert.Equal([.. bytes, 0], FileName.Encode(text, zeros: 1));
        Assert.Equal(System.Text.Unicode.Utf8.IsValid(bytes), FileName.IsText(text));
    }

    [Property(MaxTest = 1000)]
    public void What_people_see_is_always_text(byte[] bytes)
    {
        var visible = FileName.Visible(FileName.Decode(bytes));
        Assert.Equal(visible, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(visible)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("é🐙")]
    [InlineData("\ud83d\udc19")]
    public void A_name_that_is_text_is_itself(string name)
    {
        Assert.True(FileName.IsText(name));
        Assert.Equal(name, FileName.Visible(name));
        Assert.Equal(Encoding.UTF8.GetBytes(name), FileName.Encode(name));
    }

    [Fact]
    public void Each_byte_that_is_no_text_has_a_sign_of_its_own()
    {
        Assert.Equal("a\udcff\udcfeb", FileName.Decode([(byte)'a', 0xFF, 0xFE, (byte)'b']));
        Assert.Equal("a\ufffd\ufffdb", FileName.Visible("a\udcff\udcfeb"));

        // An encoded surrogate is no UTF-8, so it cannot pass for the sign of another byte.
        Assert.Equal([0xED, 0xB3, 0xBF], FileName.Encode(FileName.Decode([0xED, 0xB3, 0xBF])));
    }
}
