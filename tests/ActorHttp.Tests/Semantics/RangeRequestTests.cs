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
    [InlineData("bytes=5-", 0)]
    [InlineData("bytes=1-1", 0)]
    public void A_range_that_touches_no_byte_cannot_be_satisfied(string value, long length)
    {
        Assert.Equal(RangeOutcome.NotSatisfiable, RangeRequest.Resolve(value, length, out var ranges));
        Assert.Empty(ranges);
    }

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=-5")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=0-")]
    [InlineData("bytes=0-0")]
    [InlineData("bytes=0-99")]
    [InlineData("bytes=0-,1-")]
    [InlineData("bytes=5-,0-")]
    public void Of_nothing_the_last_bytes_and_what_begins_at_0_are_the_whole(string value) => AssertWhole(value, 0);

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

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=0-1,3-4", "0-1 3-4")]
    [InlineData("bytes=0-0,-1", "0-0 99-99")]
    [InlineData("bytes=50-59 , 10-19,\t-5", "50-59 10-19 95-99")]
    [InlineData("bytes=98-,0-", "0-99")]
    [InlineData("bytes=,,10-10,,20-20,,", "10-10 20-20")]
    [InlineData("bytes=90-1000,-9999999999999999999999,0-0", "0-99")]
    public void Several_ranges_are_parts_in_the_order_in_which_they_were_asked_for(string value, string expected) =>
        AssertParts(value, 100, expected);

    [Theory, Trait("RFC", "9110 §15.3.7.2")]
    [InlineData("bytes=0-1,0-1", "0-1")]
    [InlineData("bytes=0-,0-,0-,0-,0-", "0-99")]
    [InlineData("bytes=0-5,3-9", "0-9")]
    [InlineData("bytes=3-9,0-5", "0-9")]
    [InlineData("bytes=0-9,10-19", "0-19")]
    [InlineData("bytes=10-19,0-9", "0-19")]
    [InlineData("bytes=0-9,11-19", "0-9 11-19")]
    [InlineData("bytes=0-99,5-6", "0-99")]
    [InlineData("bytes=5-6,0-99", "0-99")]
    [InlineData("bytes=80-89,0-9,20-29,5-24", "80-89 0-29")]
    [InlineData("bytes=20-29,80-89,0-9,10-19", "0-29 80-89")]
    [InlineData("bytes=0-9,50-59,20-29,80-89,10-19,60-79", "0-29 50-89")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,1-1,3-3,5-5", "0-6")]
    public void Ranges_that_overlap_or_touch_are_one_part_in_the_place_of_the_first(string value, string expected) =>
        AssertParts(value, 100, expected);

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=0-1,100-", "0-1")]
    [InlineData("bytes=100-,0-1", "0-1")]
    [InlineData("bytes=-0,0-1,500-600,9-9", "0-1 9-9")]
    public void A_member_that_touches_no_byte_is_passed_over(string value, string expected) => AssertParts(value, 100, expected);

    [Theory, Trait("RFC", "9110 §15.5.17")]
    [InlineData("bytes=98-,99-", 10)]
    [InlineData("bytes=-0,10-,11-12,-00", 10)]
    [InlineData("bytes=1-,2-", 0)]
    public void A_set_without_a_byte_cannot_be_satisfied(string value, long length) =>
        Assert.Equal(RangeOutcome.NotSatisfiable, RangeRequest.Resolve(value, length, out _));

    [Theory, Trait("RFC", "9110 §14.1.2")]
    [InlineData("bytes=0-,-5")]
    [InlineData("bytes=-5,5-6")]
    public void The_last_bytes_of_nothing_make_a_set_satisfiable(string value) => AssertWhole(value, 0);

    [Theory, Trait("RFC", "9110 §14.2")]
    [InlineData("bytes=0-1,junk")]
    [InlineData("bytes=junk,0-1")]
    [InlineData("bytes=1-2, bytes=3-4")]
    [InlineData("bytes=0-1,5-4")]
    [InlineData("bytes=99-,5-4")]
    [InlineData("bytes=0-1,-")]
    [InlineData("bytes=0-1;3-4")]
    [InlineData("bytes=0-1 3-4")]
    [InlineData("bytes= 0-1,3-4")]
    [InlineData("bytes=0-1,3-4,\0")]
    public void One_member_that_breaks_the_grammar_spoils_the_field(string value) => AssertWhole(value, 10);

    [Fact, Trait("RFC", "9110 §14.2")]
    public void As_many_ranges_as_are_allowed_are_answered_and_one_more_is_the_whole()
    {
        var many = string.Join(',', Enumerable.Range(0, RangeRequest.MostRanges).Select(i => $"{i * 2}-{i * 2}"));
        Assert.Equal(RangeOutcome.Partial, RangeRequest.Resolve("bytes=" + many, 100, out var ranges));
        Assert.Equal(RangeRequest.MostRanges, ranges.Length);
        AssertWhole($"bytes={many},90-90", 100);
        AssertWhole($"bytes={many},200-", 100);
        AssertWhole("bytes=" + string.Join(',', Enumerable.Repeat("0-", 10_000)), 100);
        AssertWhole("bytes=" + string.Join(',', Enumerable.Repeat("500-", RangeRequest.MostRanges + 1)), 100);
    }

    [Fact, Trait("RFC", "9110 §5.6.1.2")]
    public void Empty_members_do_not_count_against_the_limit() =>
        AssertParts(
            "bytes=" + string.Concat(Enumerable.Repeat(",", 1000)) + "1-2" + string.Concat(Enumerable.Repeat(" ,", 1000)), 10, "1-2");

    [Fact]
    public void One_range_costs_the_array_that_holds_it_and_no_range_nothing()
    {
        RangeRequest.Resolve("bytes=1-2", 10, out _);
        RangeRequest.Resolve("junk", 10, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        RangeRequest.Resolve(null, 10, out _);
        RangeRequest.Resolve("bytes=10-,11-", 10, out _);
        RangeRequest.Resolve("bytes=1-2,junk", 10, out _);
        var withNone = GC.GetAllocatedBytesForCurrentThread() - before;
        RangeRequest.Resolve("bytes=1-2", 10, out _);
        var withOne = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, withNone);
        Assert.InRange(withOne, 1, 48);
    }

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
        var outcome = RangeRequest.Resolve($"bytes={first}-{last}", length, out var ranges);
        if (last < first && first <= long.MaxValue)
        {
            Assert.Equal(RangeOutcome.Whole, outcome);
            Assert.Empty(ranges);
        }
        else if (first >= length)
        {
            Assert.NotEqual(RangeOutcome.Partial, outcome);
        }
        else
        {
            var end = BigInteger.Min(last, length - 1);
            Assert.Equal(RangeOutcome.Partial, outcome);
            Assert.Equal([new ByteRange((long)first, (long)(end - first + 1))], ranges);
        }
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Positions)])]
    public void A_suffix_of_any_size_is_the_end_of_the_representation(BigInteger suffix, long length)
    {
        var outcome = RangeRequest.Resolve($"bytes=-{suffix}", length, out var ranges);
        if (suffix.IsZero && length > 0)
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
            Assert.Equal([new ByteRange(length - count, count)], ranges);
        }
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(Sets)])]
    public void The_parts_of_a_set_are_its_bytes_once_each_in_the_order_of_the_first_asked((int First, int Last)[] set)
    {
        const int length = 40;
        var outcome = RangeRequest.Resolve(
            "bytes=" + string.Join(',', set.Select(spec => $"{spec.First}-{spec.Last}")), length, out var ranges);
        var asked = set.Where(spec => spec.First < length).ToArray();
        Assert.Equal(
            set.Length == 0 ? RangeOutcome.Whole : asked.Length == 0 ? RangeOutcome.NotSatisfiable : RangeOutcome.Partial, outcome);

        // The same once more with a map of the bytes. A run of them is a part; its place is that of who first asked for one of it.
        var isWanted = Enumerable.Range(0, length + 1).Select(
            at => asked.Any(spec => spec.First <= at && at <= spec.Last && at < length)).ToArray();
        var starts = Enumerable.Range(0, length).Where(at => isWanted[at] && (at == 0 || !isWanted[at - 1]));
        var runs = starts.Select(start => new ByteRange(start, Array.IndexOf(isWanted, false, start) - start));
        Assert.Equal(runs.OrderBy(run => Array.FindIndex(asked, spec => run.First <= spec.First && spec.First <= run.Last)), ranges);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_value_throws_or_leaves_the_representation(string value, byte length)
    {
        foreach (var text in (string[])[value, "bytes=" + value, "bytes=1-2," + value, "bytes=1-2,4-4" + value])
        {
            var outcome = RangeRequest.Resolve(text, length, out var ranges);
            Assert.Equal(outcome == RangeOutcome.Partial, ranges.Length > 0);
            Assert.InRange(ranges.Length, 0, RangeRequest.MostRanges);
            foreach (var range in ranges)
            {
                Assert.InRange(range.First, 0, length);
                Assert.InRange(range.Length, 1, length - range.First);
            }
        }
    }

    private static void AssertPartial(string value, long length, long first, long count)
    {
        Assert.Equal(RangeOutcome.Partial, RangeRequest.Resolve(value, length, out var ranges));
        Assert.Equal([new ByteRange(first, count)], ranges);
    }

    private static void AssertParts(string value, long length, string expected)
    {
        Assert.Equal(RangeOutcome.Partial, RangeRequest.Resolve(value, length, out var ranges));
        Assert.Equal(expected, string.Join(' ', ranges.Select(range => $"{range.First}-{range.Last}")));
    }

    private static void AssertWhole(string? value, long length)
    {
        Assert.Equal(RangeOutcome.Whole, RangeRequest.Resolve(value, length, out var ranges));
        Assert.Empty(ranges);
    }

    public static class Sets
    {
        public static Arbitrary<(int First, int Last)[]> Set() =>
            Gen.Choose(0, 45).SelectMany(first => Gen.Choose(0, 8).Select(more => (first, first + more)))
                .ArrayOf().Where(set => set.Length <= RangeRequest.MostRanges).ToArbitrary();
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
