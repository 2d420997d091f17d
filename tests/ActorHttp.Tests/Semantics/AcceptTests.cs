using System.Globalization;
using ActorHttp.Semantics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class AcceptTests
{
    private static readonly string[] Offers = ["text/html; charset=utf-8", "application/json", "text/plain"];

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",, ,")]
    public void A_client_that_asks_for_nothing_gets_the_first_offer(string? accept) => Assert.Equal(0, Select(accept));

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData("text/html", "html")]
    [InlineData("application/json", "json")]
    [InlineData("APPLICATION/Json", "json")]
    [InlineData("text/plain", "plain")]
    [InlineData("application/*", "json")]
    [InlineData("text/*", "html")]
    [InlineData("*/*", "html")]
    [InlineData("image/png, application/json", "json")]
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, image/avif, */*;q=0.8", "html")]
    [InlineData("application/json, text/html", "html")]
    [InlineData("application/json, */*;q=0.5", "json")]
    [InlineData("application/json, text/*", "html")]
    public void The_offer_that_the_client_likes_best_is_chosen_and_the_first_among_equals(string accept, string expected) =>
        Assert.Equal(expected, Chosen(accept));

    [Theory, Trait("RFC", "9110 §12.4.2")]
    [InlineData("text/html;q=0.5, application/json;q=0.501", "json")]
    [InlineData("text/html;q=0.5, application/json;q=0.4", "html")]
    [InlineData("text/html;q=0.999, text/plain", "plain")]
    [InlineData("*/*;q=0.1, text/plain;q=0.2", "plain")]
    public void The_highest_weight_wins(string accept, string expected) => Assert.Equal(expected, Chosen(accept));

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData("text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", "plain")]
    [InlineData("text/html;q=0.1, text/*;q=0.9, application/json;q=0.5", "plain")]
    [InlineData("text/*, text/html;q=0, text/plain;q=0, application/json;q=0.001", "json")]
    [InlineData("*/*, text/*;q=0", "json")]
    [InlineData("*/*;q=0, application/*;q=0.1", "json")]
    [InlineData("text/html;q=0, */*", "json")]
    public void The_most_specific_range_says_how_an_offer_is_liked(string accept, string expected) =>
        Assert.Equal(expected, Chosen(accept));

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData("image/png")]
    [InlineData("image/*")]
    [InlineData("text/htm")]
    [InlineData("text/html5")]
    [InlineData("tex/*")]
    [InlineData("*/*;q=0")]
    [InlineData("*/*;q=0.000, image/png")]
    [InlineData("text/*;q=0, application/json;q=0")]
    [InlineData("application/json+x")]
    public void Nothing_is_acceptable_to_a_client_that_wants_what_we_do_not_have(string accept) =>
        Assert.Equal(-1, Select(accept));

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData("application/json;version=2", "json")]
    [InlineData("application/json;version=2;q=0.1, text/html;q=0", "json")]
    [InlineData("text/html;level=1;q=0.3, text/html;q=0.2, application/json;q=0.25", "html")]
    [InlineData("text/html;q=0.3;level=1, application/json;q=0.4", "json")]
    [InlineData("text/html ; q=0.3, application/json\t;\tQ=0.4", "json")]
    [InlineData("text/html;;q=0.3;, application/json", "json")]
    [InlineData("text/html;a=\",\";q=0.3, application/json;q=0.4", "json")]
    [InlineData("text/html;a=\";q=1\";q=0.3, application/json;q=0.4", "json")]
    [InlineData("text/html;a=\"\\\"\\\\,text/plain;q=1\";q=0.3, application/json;q=0.4", "json")]
    [InlineData("text/plain;format=flowed, text/html;q=0.1", "plain")]
    public void Parameters_do_not_matter_but_for_the_weight(string accept, string expected) =>
        Assert.Equal(expected, Chosen(accept));

    [Theory, Trait("RFC", "9110 §12.5.1")]
    [InlineData("text/html;q=2")]
    [InlineData("text/html;q=0.1234")]
    [InlineData("text/html;q=.2")]
    [InlineData("text/html;q=")]
    [InlineData("text/html;q=0.5;q=0.5")]
    [InlineData("text/html;q=\"1\"")]
    [InlineData("text/html;q=0.\u0665")]
    [InlineData("text")]
    [InlineData("*")]
    [InlineData("*;q=0.2")]
    [InlineData("*/html")]
    [InlineData("text/")]
    [InlineData("/html")]
    [InlineData("/")]
    [InlineData("text/html/x")]
    [InlineData("text /html")]
    [InlineData("text/ html")]
    [InlineData("text/html q=1")]
    [InlineData("text\0/html")]
    [InlineData("tex\u0074\u0301/html")]
    public void A_malformed_member_is_ignored_and_the_others_stand(string member)
    {
        Assert.Equal("json", Chosen($"{member}, application/json;q=0.002"));
        Assert.Equal("json", Chosen($"application/json;q=0.002, {member}"));
        Assert.Equal("html", Chosen(member));
    }

    [Theory]
    [InlineData("application/json, text/html;a=\"")]
    [InlineData("application/json, text/html\"")]
    [InlineData("application/json, \", text/html")]
    [InlineData("application/json, x/y;a=\"\\")]
    [InlineData("application/json, x/y;a=\"\\, text/html")]
    public void A_quote_that_is_never_closed_hides_what_is_behind_it(string accept)
    {
        var selected = Select(accept);
        Assert.InRange(selected, 0, 1);
        Assert.Equal(accept.Contains("text/html;", StringComparison.Ordinal) ? 0 : 1, selected);
    }

    [Fact]
    public void Of_no_offers_none_is_chosen()
    {
        Assert.Equal(-1, Accept.Select(null, []));
        Assert.Equal(-1, Accept.Select("*/*", []));
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        string?[] values = [null, "", "text/html, application/json;q=0.5, */*;q=0.1", "junk;;;,,\"", "image/png"];
        Array.ForEach(values, value => Accept.Select(value, Offers));

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var value in values)
            Accept.Select(value, Offers);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_value_makes_the_choice_throw_or_leave_the_offers(string accept) => Assert.InRange(Select(accept), -1, 2);

    [Property(MaxTest = 1000, Arbitrary = [typeof(Members)])]
    public void The_choice_is_what_the_rules_say((string Range, int Weight)[] members)
    {
        var accept = string.Join(
            ", ", members.Select(m => $"{m.Range};q={(m.Weight / 1000m).ToString("0.###", CultureInfo.InvariantCulture)}"));

        int Liking(string offer)
        {
            string[] ranges = [offer, offer[..offer.IndexOf('/')] + "/*", "*/*"];
            return ranges.Select(
                range => members.Where(
                    m => m.Range == range).Select(m => (int?)m.Weight).Max()).FirstOrDefault(weight => weight is not null)
                ?? 0;
        }

        string[] offers = ["text/html", "application/json", "text/plain"];
        var best = offers.Where(offer => Liking(offer) > 0).OrderByDescending(Liking).FirstOrDefault();
        Assert.Equal(members.Length == 0 ? 0 : Array.IndexOf(offers, best), Select(accept));
    }

    private static int Select(string? accept) => Accept.Select(accept, Offers);

    private static string? Chosen(string accept) => Select(accept) switch
    {
        0 => "html",
        1 => "json",
        2 => "plain",
        _ => null,
    };

    public static class Members
    {
        public static Arbitrary<(string Range, int Weight)[]> List()
        {
            var range = Gen.Elements("text/html", "text/plain", "application/json", "image/png", "text/*", "application/*", "*/*");
            var weight = Gen.OneOf(Gen.Elements(0, 1, 500, 1000), Gen.Choose(0, 1000));
            return range.SelectMany(_ => weight, (r, w) => (r, w)).ArrayOf().ToArbitrary();
        }
    }
}
