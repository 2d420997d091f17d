using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class ContentCodingTests
{
    [Theory, Trait("RFC", "9110 §8.4.1")]
    [InlineData("identity", "identity")]
    [InlineData("gzip", "gzip")]
    [InlineData("GZip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("BR", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("Deflate", "deflate")]
    [InlineData("zstd", "zstd")]
    [InlineData("ZStd", "zstd")]
    public void A_coding_is_read_whatever_its_case(string token, string expected)
    {
        Assert.True(ContentCodings.TryParse(token, out var coding));
        Assert.Equal(expected, coding.Token());
    }

    [Theory, Trait("RFC", "9110 §8.4.1.3")]
    [InlineData("x-gzip")]
    [InlineData("X-GZIP")]
    public void X_gzip_is_another_name_for_gzip(string token)
    {
        Assert.True(ContentCodings.TryParse(token, out var coding));
        Assert.Equal(ContentCoding.Gzip, coding);
    }

    [Theory, Trait("RFC", "9110 §8.4.1")]
    [InlineData("")]
    [InlineData("zst")]
    [InlineData("x-zstd")]
    [InlineData("compress")]
    [InlineData("x-deflate")]
    [InlineData("gzi")]
    [InlineData("gzipp")]
    [InlineData(" gzip")]
    [InlineData("gzip ")]
    [InlineData("brotli")]
    [InlineData("*")]
    public void A_coding_we_do_not_have_is_not_read_as_one_we_have(string token) =>
        Assert.False(ContentCodings.TryParse(token, out _));

    [Fact]
    public void Every_coding_is_read_back_from_its_own_token()
    {
        var codings = Enum.GetValues<ContentCoding>();
        Assert.Equal(ContentCodings.Count, codings.Length);
        foreach (var coding in codings)
        {
            Assert.True(ContentCodings.TryParse(coding.Token(), out var parsed));
            Assert.Equal(coding, parsed);
        }
    }

    [Fact]
    public void A_number_that_is_no_coding_has_no_token() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ContentCoding)ContentCodings.Count).Token());

    [Property(Arbitrary = [typeof(HostileText)])]
    public void No_token_makes_the_reader_throw(string token) => ContentCodings.TryParse(token, out _);
}
