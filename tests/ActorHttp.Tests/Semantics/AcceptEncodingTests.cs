using System.Globalization;
using ActorHttp.Semantics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class AcceptEncodingTests
{
    private static readonly ContentCoding[] Ours =
        [ContentCoding.Brotli, ContentCoding.Zstd, ContentCoding.Gzip, ContentCoding.Deflate];

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData(null)]
    [InlineData("")]
    public void A_client_that_names_no_coding_gets_plain_bytes(string? value)
    {
        Assert.Equal("identity", Select(value));
        Assert.Equal("identity", Select(value, identityPreferred: true));
    }

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("compress, gzip", "gzip")]
    [InlineData("gzip;q=0.001", "gzip")]
    [InlineData("lzma, gzip;q=0.001", "gzip")]
    [InlineData("zstd", "zstd")]
    [InlineData("ZSTD;q=0.1", "zstd")]
    public void The_one_coding_we_share_is_chosen(string value, string expected) =>
        Assert.Equal(expected, Select(value));

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("compress")]
    [InlineData("lzma, compress;q=0.5")]
    [InlineData("gzip;q=0")]
    [InlineData("gzip;q=0.000, br;q=0.0, deflate;q=0.")]
    [InlineData("identity")]
    [InlineData("identity, *;q=0")]
    [InlineData("*;q=0, identity;q=0.001")]
    public void Plain_bytes_serve_whoever_shares_no_coding_with_us(string value) =>
        Assert.Equal("identity", Select(value));

    [Theory, Trait("RFC", "9110 §12.4.2")]
    [InlineData("gzip;q=0.5, br;q=0.4", "gzip")]
    [InlineData("gzip;q=0.5, br;q=0.501", "br")]
    [InlineData("gzip;q=0.999, deflate", "deflate")]
    [InlineData("br;q=0.9, gzip;q=1.000", "gzip")]
    [InlineData("br;q=0.1, gzip;q=0.09", "br")]
    [InlineData("gzip, deflate, br;q=0.9, zstd", "zstd")]
    [InlineData("zstd;q=0.9, gzip", "gzip")]
    [InlineData("deflate;q=0.3, gzip;q=0.2, br;q=0.1", "deflate")]
    [InlineData("identity;q=0.6, gzip;q=0.5", "identity")]
    [InlineData("identity;q=0.5, gzip;q=0.6", "gzip")]
    [InlineData("compress;q=0.5, gzip;q=0.4", "gzip")]
    [InlineData("gzip;q=1.0, identity; q=0.5, *;q=0", "gzip")]
    public void The_highest_weight_wins(string value, string expected) => Assert.Equal(expected, Select(value));

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip, deflate, br")]
    [InlineData("gzip, deflate, br, zstd")]
    [InlineData("deflate;q=0.5, gzip;q=0.5, br;q=0.5")]
    [InlineData("identity, gzip, br")]
    [InlineData("*")]
    [InlineData("*;q=0.001")]
    [InlineData("identity, *")]
    public void Among_equals_our_first_choice_wins_and_plain_bytes_come_last(string value) =>
        Assert.Equal("br", Select(value));

    [Fact]
    public void The_order_of_preference_is_the_callers()
    {
        const string value = "br, gzip, deflate";
        Assert.Equal(ContentCoding.Gzip, AcceptEncoding.Select(value, [ContentCoding.Gzip, ContentCoding.Brotli]));
        Assert.Equal(ContentCoding.Brotli, AcceptEncoding.Select(value, [ContentCoding.Brotli, ContentCoding.Gzip]));
    }

    [Fact]
    public void A_coding_that_is_not_offered_is_never_chosen()
    {
        Assert.Equal(ContentCoding.Gzip, AcceptEncoding.Select("br, gzip;q=0.1", [ContentCoding.Gzip]));
        Assert.Equal(ContentCoding.Identity, AcceptEncoding.Select("br", [ContentCoding.Gzip]));
        Assert.Equal(ContentCoding.Identity, AcceptEncoding.Select("br, *", []));
        Assert.Null(AcceptEncoding.Select("br, *, identity;q=0", []));
    }

    [Fact]
    public void Naming_identity_among_the_preferences_changes_nothing()
    {
        const string value = "gzip, identity";
        ContentCoding[] preference = [ContentCoding.Identity, ContentCoding.Gzip];
        Assert.Equal(ContentCoding.Gzip, AcceptEncoding.Select(value, preference));
        Assert.Equal(ContentCoding.Identity, AcceptEncoding.Select(value, preference, identityPreferred: true));
    }

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip, *;q=0", "gzip")]
    [InlineData("br;q=0, *", "zstd")]
    [InlineData("br;q=0, zstd;q=0, gzip;q=0, *", "deflate")]
    [InlineData("gzip;q=0.5, *;q=0.6", "br")]
    [InlineData("*;q=0.5, deflate;q=0.6", "deflate")]
    [InlineData("identity;q=0, *;q=0.5", "br")]
    public void The_asterisk_stands_for_what_is_not_listed(string value, string expected) =>
        Assert.Equal(expected, Select(value));

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("*;q=0.000")]
    [InlineData("identity;q=0, compress")]
    [InlineData("gzip;q=0, *;q=0")]
    [InlineData("identity;q=0, gzip;q=0, br;q=0, deflate;q=0, zstd;q=0")]
    public void Nothing_is_acceptable_when_identity_is_forbidden_and_nothing_of_ours_is_allowed(string value)
    {
        Assert.Null(Select(value));
        Assert.Null(Select(value, identityPreferred: true));
    }

    [Theory, Trait("RFC", "9110 §12.5.3")]
    [InlineData("gzip, identity", "identity")]
    [InlineData("gzip;q=0.5, identity;q=0.5", "identity")]
    [InlineData("*", "identity")]
    [InlineData("gzip, deflate, br", "identity")]
    [InlineData("gzip, identity;q=0.9", "gzip")]
    [InlineData("gzip, *;q=0.5", "gzip")]
    [InlineData("identity;q=0, gzip;q=0.1", "gzip")]
    [InlineData("*;q=0, gzip;q=0.1", "gzip")]
    public void Preferred_plain_bytes_win_unless_the_client_ranks_them_lower(string value, string expected) =>
        Assert.Equal(expected, Select(value, identityPreferred: true));

    [Theory, Trait("RFC", "9110 §12.4.2")]
    [InlineData("br;q=1.001")]
    [InlineData("br;q=2")]
    [InlineData("br;q=0.5555")]
    [InlineData("br;q=0.1234")]
    [InlineData("br;q=-1")]
    [InlineData("br;q=.5")]
    [InlineData("br;q=")]
    [InlineData("br;q")]
    [InlineData("br;")]
    [InlineData("br;;q=1")]
    [InlineData("br;q=1;q=1")]
    [InlineData("br;q=0.5;x=1")]
    [InlineData("br;level=1")]
    [InlineData("br;q =1")]
    [InlineData("br;q= 1")]
    [InlineData("br;q=00.5")]
    [InlineData("br;q=10")]
    [InlineData("br;q=0,5")]
    [InlineData("br;q=0x1")]
    [InlineData("br;q=1e0")]
    [InlineData("br;q=\u0661")]
    [InlineData("br;q=\"1\"")]
    [InlineData("b r")]
    [InlineData("br q=1")]
    [InlineData(";q=1")]
    [InlineData("br\0")]
    [InlineData("br;q=0.12\u00B3")]
    public void A_malformed_member_is_ignored_and_the_others_stand(string member)
    {
        Assert.Equal("gzip", Select(member + ", gzip;q=0.002"));
        Assert.Equal("gzip", Select("gzip;q=0.002, " + member));
        Assert.Equal("identity", Select(member));
    }

    [Theory, Trait("RFC", "9110 §5.6.1.2")]
    [InlineData(",gzip")]
    [InlineData("gzip,")]
    [InlineData(",,\t, gzip ,, ,")]
    [InlineData(" gzip ")]
    [InlineData("\tgzip\t;\t q=1\t")]
    [InlineData("gzip ; q=0.5")]
    [InlineData("gzip;Q=0.5")]
    [InlineData("gzip;q=1.")]
    [InlineData("gzip;q=0.5,compress")]
    public void Blanks_and_empty_members_do_not_matter(string value) => Assert.Equal("gzip", Select(value));

    [Theory]
    [InlineData("gzip;q=0, gzip", "gzip")]
    [InlineData("gzip, x-gzip;q=0", "gzip")]
    [InlineData("gzip;q=0.4, br;q=0.5, x-gzip;q=0.6", "gzip")]
    public void A_coding_named_twice_counts_with_its_higher_weight(string value, string expected) =>
        Assert.Equal(expected, Select(value));

    [Fact]
    public void Choosing_allocates_nothing()
    {
        string?[] values = [null, "", "gzip, deflate, br, zstd", "br;q=0.5, *;q=0", "identity;q=0", "junk;;;,,"];
        Array.ForEach(values, value => AcceptEncoding.Select(value, Ours));

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var value in values)
        {
            AcceptEncoding.Select(value, Ours);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Property(Arbitrary = [typeof(HostileText)])]
    public void No_value_makes_the_choice_throw_or_leave_our_codings(string value, bool identityPreferred)
    {
        var selected = AcceptEncoding.Select(value, [ContentCoding.Gzip], identityPreferred);
        Assert.True(selected is null or ContentCoding.Gzip or ContentCoding.Identity);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Members)])]
    public void The_choice_is_what_the_rules_say((string Name, int Weight)[] members, bool identityPreferred)
    {
        var value = string.Join(", ", members.Select(m => $"{m.Name};q={Decimal(m.Weight)}"));

        Assert.Equal(Expected(members, identityPreferred), Select(value, identityPreferred));
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Members)])]
    public void The_order_of_members_never_changes_the_choice((string Name, int Weight)[] members)
    {
        var value = members.Select(m => $"{m.Name};q={Decimal(m.Weight)}").ToArray();

        Assert.Equal(Select(string.Join(',', value)), Select(string.Join(" , ", value.Reverse())));
    }

    private static string? Select(string? value, bool identityPreferred = false) =>
        AcceptEncoding.Select(value, Ours, identityPreferred)?.Token();

    private static string Decimal(int thousandths) =>
        (thousandths / 1000m).ToString("0.###", CultureInfo.InvariantCulture);

    // The rules of §12.5.3 once more, by sorting instead of counting.
    private static string? Expected((string Name, int Weight)[] members, bool identityPreferred)
    {
        if (members.Length == 0)
        {
            return "identity";
        }

        int? Stated(string name) => members.Where(m => m.Name == name).Select(m => (int?)m.Weight).Max();

        double Weight(string name) => Stated(name) ?? Stated("*")
            ?? (name != "identity" ? 0 : identityPreferred ? 1000 : 0.5);

        string[] ranking = identityPreferred
            ? ["identity", "br", "zstd", "gzip", "deflate"]
            : ["br", "zstd", "gzip", "deflate", "identity"];
        return ranking.Where(name => Weight(name) > 0).OrderByDescending(Weight).FirstOrDefault();
    }

    public static class Members
    {
        public static Arbitrary<(string Name, int Weight)[]> List()
        {
            var name = Gen.Elements("gzip", "br", "deflate", "identity", "*", "zstd", "lzma");
            var weight = Gen.OneOf(Gen.Elements(0, 1, 500, 1000), Gen.Choose(0, 1000));
            return name.SelectMany(_ => weight, (n, w) => (n, w)).ArrayOf().ToArbitrary();
        }
    }
}
