using ActorHttp.Semantics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class EntityTagTests
{
    [Theory, Trait("RFC", "9110 §8.8.3")]
    [InlineData("\"abc\"", "abc", false)]
    [InlineData("\"\"", "", false)]
    [InlineData("W/\"abc\"", "abc", true)]
    [InlineData("W/\"\"", "", true)]
    [InlineData("\"W/abc\"", "W/abc", false)]
    [InlineData("\"a,b\"", "a,b", false)]
    [InlineData("\"a\\b\"", "a\\b", false)]
    [InlineData("\"!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\"", "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", false)]
    [InlineData("\"\u0080\u00E9\u00FF\"", "\u0080\u00E9\u00FF", false)]
    public void A_tag_is_read_and_written_back_as_it_came(string text, string opaque, bool isWeak)
    {
        Assert.True(EntityTag.TryParse(text, out var tag));
        Assert.Equal(new EntityTag(opaque, isWeak), tag);
        Assert.Equal(text, tag.ToString());
    }

    [Theory, Trait("RFC", "9110 §8.8.3")]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("abc")]
    [InlineData("\"")]
    [InlineData("\"abc")]
    [InlineData("abc\"")]
    [InlineData("'abc'")]
    [InlineData("W/")]
    [InlineData("W/abc")]
    [InlineData("W/\"")]
    [InlineData("w/\"abc\"")]
    [InlineData("W/ \"abc\"")]
    [InlineData("W\"abc\"")]
    [InlineData("/\"abc\"")]
    [InlineData("W/W/\"abc\"")]
    [InlineData(" \"abc\"")]
    [InlineData("\"abc\" ")]
    [InlineData("\"abc\",")]
    [InlineData("\"abc\"\"")]
    [InlineData("\"a\"b\"")]
    [InlineData("\"a\\\"b\"")]
    [InlineData("\"a b\"")]
    [InlineData("\"a\tb\"")]
    [InlineData("\"a\0b\"")]
    [InlineData("\"a\u007Fb\"")]
    [InlineData("\"\u0100\"")]
    [InlineData("\"\uD83D\uDE00\"")]
    public void What_breaks_the_grammar_is_no_tag(string text)
    {
        Assert.False(EntityTag.TryParse(text, out var tag));
        Assert.Equal(default, tag);
    }

    // The table of §8.8.3.2, row by row.
    [Theory, Trait("RFC", "9110 §8.8.3.2")]
    [InlineData("W/\"1\"", "W/\"1\"", false, true)]
    [InlineData("W/\"1\"", "W/\"2\"", false, false)]
    [InlineData("W/\"1\"", "\"1\"", false, true)]
    [InlineData("\"1\"", "\"1\"", true, true)]
    [InlineData("\"a\"", "\"A\"", false, false)]
    [InlineData("\"1\"", "\"1-gzip\"", false, false)]
    public void Tags_compare_as_the_table_says(string left, string right, bool strong, bool weak)
    {
        var (a, b) = (Parse(left), Parse(right));
        Assert.Equal(strong, a.StrongEquals(b));
        Assert.Equal(strong, b.StrongEquals(a));
        Assert.Equal(weak, a.WeakEquals(b));
        Assert.Equal(weak, b.WeakEquals(a));
    }

    [Theory, Trait("RFC", "9110 §8.8.3.3")]
    [InlineData("identity", "\"abc\"")]
    [InlineData("gzip", "\"abc-gzip\"")]
    [InlineData("br", "\"abc-br\"")]
    [InlineData("deflate", "\"abc-deflate\"")]
    [InlineData("zstd", "\"abc-zstd\"")]
    public void Every_coding_of_a_representation_has_a_tag_of_its_own(string token, string expected)
    {
        Assert.True(ContentCodings.TryParse(token, out var coding));
        Assert.Equal(expected, new EntityTag("abc", IsWeak: false).For(coding).ToString());
        Assert.Equal("W/" + expected, new EntityTag("abc", IsWeak: true).For(coding).ToString());
    }

    [Fact, Trait("RFC", "9110 §8.8.3")]
    public void Every_character_is_either_an_etagc_or_ends_the_tag()
    {
        for (var c = '\0'; c < '\u0400'; c++)
        {
            var expected = c == 0x21 || (c >= 0x23 && c <= 0x7E) || (c >= 0x80 && c <= 0xFF);
            Assert.Equal(expected, EntityTag.TryParse($"\"{c}\"", out _));
        }
    }

    [Fact]
    public void Taking_a_tag_leaves_what_follows_it()
    {
        ReadOnlySpan<char> text = "W/\"a,b\", \"c\"";
        Assert.True(EntityTag.TryTake(ref text, out var opaque, out var isWeak));
        Assert.True(isWeak);
        Assert.Equal("a,b", opaque.ToString());
        Assert.Equal(", \"c\"", text.ToString());
    }

    [Fact]
    public void Failing_to_take_a_tag_leaves_the_text_alone()
    {
        ReadOnlySpan<char> text = "W/\"a b\"";
        Assert.False(EntityTag.TryTake(ref text, out _, out _));
        Assert.Equal("W/\"a b\"", text.ToString());
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(Opaques)])]
    public void Every_tag_survives_being_written_and_read(string opaque, bool isWeak)
    {
        var tag = new EntityTag(opaque, isWeak);
        Assert.True(EntityTag.TryParse(tag.ToString(), out var parsed));
        Assert.Equal(tag, parsed);
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void No_text_makes_the_reader_throw_and_what_it_accepts_it_writes_back(string text)
    {
        if (EntityTag.TryParse(text, out var tag))
        {
            Assert.Equal(text, tag.ToString());
        }
    }

    private static EntityTag Parse(string text) =>
        EntityTag.TryParse(text, out var tag) ? tag : throw new ArgumentException(text);

    public static class Opaques
    {
        public static Arbitrary<string> Text()
        {
            var etagc = Gen.OneOf(Gen.Constant(0x21), Gen.Choose(0x23, 0x7E), Gen.Choose(0x80, 0xFF));
            return etagc.Select(c => (char)c).ArrayOf().Select(chars => new string(chars)).ToArbitrary();
        }
    }
}
