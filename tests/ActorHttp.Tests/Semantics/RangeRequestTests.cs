using System.Numerics;
using ActorHttp.Semantics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class RangeRequestTests
{
    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=0-499", 10000, 0, 500)]
    [InlineData("bytes=500-999", 10000, 500, 500)]
    [InlineData("bytes=-500", 10000, 9500, 500)]
    [InlineData("bytes=9500-", 10000, 9500, 500)]
    [InlineData("bytes=0-0", 10000, 0, 1)]
    [InlineData("bytes=-1", 10000, 9999, 1)]
    [InlineData("bytes=9999-", 10000, 9999, 1)]
    [InlineData("bytes=0-", 10000, 0, 10000)]
    [InlineData("bytes=0-9999", 10000, 0, 10000)]
    [InlineData("bytes=0-0", 1, 0, 1)]
    [InlineData("bytes=007-0008", 10, 7, 2)]
    [InlineData("bytes=5-6", long.MaxValue, 5, 2)]
    [InlineData("bytes=9223372036854775806-", long.MaxValue, 9223372036854775806, 1)]
    public void One_range_is_that_part(string value, long length, long first, long count) =>
        AssertPartial(value, length, first, count);

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=5-10", 10, 5, 5)]
    [InlineData("bytes=5-99", 10, 5, 5)]
    [InlineData("bytes=0-9223372036854775807", 10, 0, 10)]
    [InlineData("bytes=0-9223372036854775808", 10, 0, 10)]
    [InlineData("bytes=1-99999999999999999999999999999999", 10, 1, 9)]
    [InlineData("bytes=0-18446744073709551616", 10, 0, 10)]
    [InlineData("bytes=-10", 10, 0, 10)]
    [InlineData("bytes=-11", 10, 0, 10)]
    [InlineData("bytes=-9223372036854775808", 10, 0, 10)]
    [InlineData("bytes=-99999999999999999999999999999999", 10, 0, 10)]
    public void A_range_beyond_the_end_stops_at_the_end(string value, long length, long first, long count) =>
        AssertPartial(value, length, first, count);

    [Theory, Trait("RFC", "9110 §14.1")]
    [InlineData("BYTES=1-2")]
    [InlineData("Bytes=1-2")]
    public void The_units_case_does_not_matter(string value) => AssertPartial(value, 10, 1, 2);

    [Theory, Trait("RFC", "9110 §5.6.1.2")]
    [InlineData("bytes=1-2,")]
    [InlineData("bytes=,1-2")]
    [InlineData("bytes=,, ,1-2 ,\t,")]
    public void Empty_members_do_not_make_one_range_many(string value) => AssertPartial(value, 10, 1, 2);

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=10-", 10)]
    [InlineData("bytes=10-20", 10)]
    [InlineData("bytes=11-12", 10)]
    [InlineData("bytes=9223372036854775807-", 10)]
    [InlineData("bytes=99999999999999999999-", 10)]
    [InlineData("bytes=9223372036854775808-9223372036854775809", 10)]
    [InlineData("bytes=-0", 10)]
    [InlineData("bytes=-000", 10)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=0-0", 0)]
    [InlineData("bytes=5-", 0)]
    [InlineData("bytes=-0", 0)]
    public void A_range_that_touches_no_byte_cannot_be_satisfied(string value, long length)
    {
        Assert.Equal(RangeOutcome.NotSatisfiable, RangeRequest.Resolve(value, length, out var range));
        Assert.Equal(default, range);
    }

    [Fact, Trait("RFC", "9110 §14.1.2")]
    public void The_last_bytes_of_nothing_are_the_whole_of_it() => AssertWhole("bytes=-5", 0);

    [Theory, Trait("RFC", "9110 §14.2")]
    [InlineData(null)]
    [InlineData("items=0-4")]
    [InlineData("byte=0-4")]
    [InlineData("bytess=0-4")]
    [InlineData("byte\u017F=0-4")]
    [InlineData("kilobytes=0-4")]
    [InlineData("none")]
    [InlineData("=0-4")]
    public void No_range_and_an_unknown_unit_are_the_whole(string? value)
    {
        AssertWhole(value, 10);
        AssertWhole(value, 0);
    }

    [Theory, Trait("RFC", "9110 §14.1.1")]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes= ")]
    [InlineData("bytes=,")]
    [InlineData("bytes=-")]
    [InlineData("bytes=--")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=5")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=20-10")]
    [InlineData("bytes=99999999999999999999-5")]
    [InlineData("bytes=1-2-3")]
    [InlineData("bytes=1--2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=0x1-0x2")]
    [InlineData("bytes=1-2x")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1-+2")]
    [InlineData("bytes=1.0-2")]
    [InlineData("bytes=1e1-20")]
    [InlineData("bytes=1 -2")]
    [InlineData("bytes=1- 2")]
    [InlineData("bytes=- 2")]
    [InlineData("bytes= 1-2")]
    [InlineData("bytes=\t1-2")]
    [InlineData("bytes =1-2")]
    [InlineData(" bytes=1-2")]
    [InlineData("bytes:1-2")]
    [InlineData("bytes 1-2/10")]
    [InlineData("bytes=1-2/10")]
    [InlineData("bytes=1-2;x")]
    [InlineData("bytes=1-2\0")]
    [InlineData("bytes=\u0661-\u0662")]
    [InlineData("bytes=\uFF11-")]
    [InlineData("bytes=*")]
    public void A_range_that_breaks_the_grammar_is_ignored(string value) => AssertWhole(value, 10);

    [Theory, Trait("RFC", "9110 §14.2")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-0,-1")]
    [InlineData("bytes=0-1, 0-1")]
    [InlineData("bytes=0-,0-,0-,0-,0-")]
    [InlineData("bytes=0-1,99-")]
    [InlineData("bytes=98-,99-")]
    [InlineData("bytes=0-1,junk")]
    [InlineData("bytes=1-2, bytes=3-4")]
    public void Several_ranges_are_ignored(string value) => AssertWhole(value, 10);

    [Fact]
    public void A_negative_length_is_our_own_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RangeRequest.Resolve("bytes=0-", -1, out _));

    [Fact, Trait("RFC", "9110 §14.4")]
    public void The_last_position_is_the_one_that_Content_Range_names()
    {
        Assert.Equal(499, new ByteRange(0, 500).Last);
        Assert.Equal(long.MaxValue - 1, new ByteRange(long.MaxValue - 1, 1).Last);
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(Positions)])]
    public void Positions_of_any_size_mean_what_arithmetic_says(BigInteger first, BigInteger last, long length)
    {
        var outcome = RangeRequest.Resolve($"bytes={first}-{last}", length, out var range);
        if (last < first && first <= long.MaxValue)
        {
            Assert.Equal((RangeOutcome.Whole, new ByteRange(0, length)), (outcome, range));
        }
        else if (first >= length)
        {
            Assert.NotEqual(RangeOutcome.Partial, outcome);
        }
        else
        {
            var end = BigInteger.Min(last, length - 1);
            Assert.Equal(RangeOutcome.Partial, outcome);
            Assert.Equal(new ByteRange((long)first, (long)(end - first + 1)), range);
        }
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Positions)])]
    public void A_suffix_of_any_size_is_the_end_of_the_representation(BigInteger suffix, long length)
    {
        var outcome = RangeRequest.Resolve($"bytes=-{suffix}", length, out var range);
        if (suffix.IsZero)
        {
            Assert.Equal(RangeOutcome.NotSatisfiable, outcome);
        }
        else if (length == 0)
        {
            Assert.Equal(RangeOutcome.Whole, outcome);
        }
        else
        {
            var count = (long)BigInteger.Min(suffix, length);
            Assert.Equal(RangeOutcome.Partial, outcome);
            Assert.Equal(new ByteRange(length - count, count), range);
        }
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_value_throws_or_leaves_the_representation(string value, byte length)
    {
        foreach (var text in (string[])[value, "bytes=" + value])
        {
            var outcome = RangeRequest.Resolve(text, length, out var range);
            Assert.InRange(range.First, 0, length);
            Assert.InRange(range.Length, outcome == RangeOutcome.Partial ? 1 : 0, length - range.First);
            Assert.True(outcome != RangeOutcome.Whole || range == new ByteRange(0, length));
        }
    }

    private static void AssertPartial(string value, long length, long first, long count)
    {
        Assert.Equal(RangeOutcome.Partial, RangeRequest.Resolve(value, length, out var range));
        Assert.Equal(new ByteRange(first, count), range);
    }

    private static void AssertWhole(string? value, long length)
    {
        Assert.Equal(RangeOutcome.Whole, RangeRequest.Resolve(value, length, out var range));
        Assert.Equal(new ByteRange(0, length), range);
    }

    public static class Positions
    {
        public static Arbitrary<BigInteger> Position() => Gen.OneOf(
            Gen.Choose(0, 20).Select(n => (BigInteger)n),
            Gen.Choose(-20, 20).Select(n => long.MaxValue + (BigInteger)n),
            Gen.Choose(0, 20).Select(n => BigInteger.Pow(10, 30) + n)).ToArbitrary();

        public static Arbitrary<long> Length() => Gen.OneOf(
            Gen.Choose(0, 20).Select(n => (long)n),
            Gen.Choose(0, 20).Select(n => long.MaxValue - n)).ToArbitrary();
    }
}
