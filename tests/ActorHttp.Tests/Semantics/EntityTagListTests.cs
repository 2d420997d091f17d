using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class EntityTagListTests
{
    private static readonly EntityTag Current = new("abc", IsWeak: false);
    private static readonly EntityTag WeakCurrent = new("abc", IsWeak: true);

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("*", "\"abc\"")]
    [InlineData(" * ", "\"abc\"")]
    [InlineData("\"abc\"", "\"abc\"")]
    [InlineData("W/\"abc\"", "\"abc\"")]
    [InlineData("\"x\", \"abc\"", "\"abc\"")]
    [InlineData("\"x\",\"abc\",\"y\"", "\"abc\"")]
    [InlineData("\"x\" , W/\"abc\"\t,\"y\"", "\"abc\"")]
    [InlineData("\"x,y\", \"abc\"", "\"abc\"")]
    [InlineData("\"abc-gzip\"", "\"abc-gzip\"")]
    [InlineData("W/\"abc-gzip\"", "\"abc-gzip\"")]
    [InlineData("\"abc-br\"", "\"abc-br\"")]
    [InlineData("\"abc-deflate\"", "\"abc-deflate\"")]
    [InlineData("\"abc-zstd\"", "\"abc-zstd\"")]
    [InlineData("\"x\", \"abc-br\", \"abc\"", "\"abc-br\"")]
    [InlineData("\"abc\", \"abc-br\"", "\"abc\"")]
    [InlineData("\"abc\", broken", "\"abc\"")]
    public void A_weak_match_finds_the_tag_or_one_of_its_codings_and_says_which(string value, string expected)
    {
        Assert.True(EntityTagList.TryMatchWeak(value, Current, out var matched));
        Assert.Equal(expected, matched.ToString());
    }

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("\"x\"")]
    [InlineData("\"ABC\"")]
    [InlineData("\"ab\"")]
    [InlineData("\"abcd\"")]
    [InlineData("\"abc-\"")]
    [InlineData("\"abc-identity\"")]
    [InlineData("\"abc-GZIP\"")]
    [InlineData("\"abcgzip\"")]
    [InlineData("\"abc_gzip\"")]
    [InlineData("\"abc-gzipx\"")]
    [InlineData("\"abc-gzip-br\"")]
    [InlineData("\"x-gzip\"")]
    [InlineData("\"x,abc\"")]
    [InlineData("\"x, \"abc\"")]
    [InlineData("abc")]
    [InlineData("\"abc")]
    [InlineData("w/\"abc\"")]
    [InlineData("\"abc\"x")]
    [InlineData("\"abc\";q=1")]
    [InlineData("**")]
    [InlineData("*, \"abc\"")]
    public void A_list_without_the_tag_does_not_match(string value)
    {
        Assert.False(EntityTagList.TryMatchWeak(value, Current, out _));
        Assert.False(EntityTagList.MatchesStrong(value, Current));
    }

    [Theory]
    [InlineData("abc, \"abc\"")]
    [InlineData("\"x\"y, \"abc\"")]
    [InlineData("\"x y\", \"abc\"")]
    [InlineData("\"x\" \"abc\"")]
    [InlineData("\"x\", \"y, \"abc\"")]
    public void A_member_that_breaks_the_grammar_ends_the_list(string value)
    {
        Assert.False(EntityTagList.TryMatchWeak(value, Current, out _));
        Assert.False(EntityTagList.MatchesStrong(value, Current));
    }

    [Theory, Trait("RFC", "9110 §5.6.1.2")]
    [InlineData(",\"abc\"")]
    [InlineData("\"abc\",")]
    [InlineData(", ,\t,\"x\",, ,\"abc\" ,,")]
    public void Empty_members_are_tolerated(string value)
    {
        Assert.True(EntityTagList.TryMatchWeak(value, Current, out _));
        Assert.True(EntityTagList.MatchesStrong(value, Current));
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("*", true)]
    [InlineData("\"abc\"", true)]
    [InlineData("\"x\", \"abc\"", true)]
    [InlineData("W/\"abc\", \"abc\"", true)]
    [InlineData("\"abc\", \"abc-gzip\"", true)]
    [InlineData("W/\"abc\"", false)]
    [InlineData("\"abc-gzip\"", false)]
    [InlineData("\"abc-br\"", false)]
    [InlineData("\"x\", W/\"abc\"", false)]
    public void A_strong_match_needs_exactly_these_bytes(string value, bool expected) =>
        Assert.Equal(expected, EntityTagList.MatchesStrong(value, Current));

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("*", true)]
    [InlineData("\"abc\"", false)]
    [InlineData("W/\"abc\"", false)]
    public void A_weak_tag_of_ours_never_matches_strongly(string value, bool expected) =>
        Assert.Equal(expected, EntityTagList.MatchesStrong(value, WeakCurrent));

    [Fact, Trait("RFC", "9110 §13.1.2")]
    public void The_match_is_our_tag_with_our_strength_not_the_clients()
    {
        Assert.True(EntityTagList.TryMatchWeak("\"abc-gzip\"", WeakCurrent, out var matched));
        Assert.Equal("W/\"abc-gzip\"", matched.ToString());
    }

    [Fact]
    public void A_tag_whose_own_name_ends_like_a_coding_has_codings_too()
    {
        var current = new EntityTag("v-gzip", IsWeak: false);
        Assert.True(EntityTagList.TryMatchWeak("\"v-gzip-gzip\"", current, out var matched));
        Assert.Equal(current.For(ContentCoding.Gzip), matched);
        Assert.False(EntityTagList.TryMatchWeak("\"v\"", current, out _));
    }

    [Property]
    public void Every_coding_of_the_current_tag_is_found_among_any_others(byte before, byte after, bool isWeak)
    {
        foreach (var coding in Enum.GetValues<ContentCoding>())
        {
            var wanted = new EntityTag("v1", isWeak).For(coding);
            var others = Enumerable.Range(0, before + after).Select(i => $"\"other{i}\"").ToList();
            others.Insert(before, wanted.ToString());

            var value = string.Join(", ", others);
            Assert.True(EntityTagList.TryMatchWeak(value, new EntityTag("v1", isWeak), out var matched));
            Assert.Equal(wanted, matched);
        }
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void No_value_makes_matching_throw_and_a_strong_match_is_always_a_weak_one(string value)
    {
        var weak = EntityTagList.TryMatchWeak(value, Current, out _);
        Assert.True(weak || !EntityTagList.MatchesStrong(value, Current));
    }

    [Fact]
    public void Looking_through_a_list_allocates_nothing()
    {
        const string value = "W/\"x\", \"abcd\", \"abc-lzma\", \"abc\"";
        Assert.True(EntityTagList.TryMatchWeak(value, Current, out _));
        Assert.True(EntityTagList.MatchesStrong(value, Current));

        var before = GC.GetAllocatedBytesForCurrentThread();
        EntityTagList.TryMatchWeak(value, Current, out _);
        EntityTagList.MatchesStrong(value, Current);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
