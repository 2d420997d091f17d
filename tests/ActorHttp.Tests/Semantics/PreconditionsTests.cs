using ActorHttp.Semantics;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class PreconditionsTests
{
    private const string Same = "\"v1\"";
    private const string Other = "\"v0\"";
    private const string Before = "Sun, 06 Nov 1994 08:49:36 GMT";
    private const string Then = "Sun, 06 Nov 1994 08:49:37 GMT";
    private const string After = "Sun, 06 Nov 1994 08:49:38 GMT";

    private static readonly EntityTag Current = new("v1", IsWeak: false);

    // Files change between two seconds; HTTP-dates do not.
    private static readonly DateTimeOffset LastModified =
        new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero).AddMilliseconds(999);

    [Fact]
    public void An_unconditional_request_proceeds()
    {
        Assert.True(default(PreconditionFields).IsEmpty);
        AssertOutcome("Proceed", default, isRead: true);
        AssertOutcome("Proceed", default, isRead: false);
    }

    [Fact]
    public void One_field_is_enough_to_be_conditional()
    {
        Assert.False(new PreconditionFields { IfMatch = "" }.IsEmpty);
        Assert.False(new PreconditionFields { IfNoneMatch = "" }.IsEmpty);
        Assert.False(new PreconditionFields { IfModifiedSince = "" }.IsEmpty);
        Assert.False(new PreconditionFields { IfUnmodifiedSince = "" }.IsEmpty);
        Assert.False(new PreconditionFields { IfRange = "" }.IsEmpty);
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("*", "Proceed")]
    [InlineData("\"v1\"", "Proceed")]
    [InlineData("\"v0\", \"v1\"", "Proceed")]
    [InlineData("\"v0\"", "Failed")]
    [InlineData("W/\"v1\"", "Failed")]
    [InlineData("\"v1-compress\"", "Failed")]
    [InlineData("W/\"v1-gzip\"", "Failed")]
    [InlineData("", "Failed")]
    [InlineData("v1", "Failed")]
    public void If_Match_asks_for_exactly_the_current_bytes(string value, string expected)
    {
        AssertOutcome(expected, new PreconditionFields { IfMatch = value }, isRead: true);
        AssertOutcome(expected, new PreconditionFields { IfMatch = value }, isRead: false);
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("\"v1-gzip\"")]
    [InlineData("\"v0-gzip\", \"v1-br\"")]
    public void If_Match_of_a_coded_variant_will_do_for_a_change_but_not_for_a_read(string value)
    {
        AssertOutcome("Failed", new PreconditionFields { IfMatch = value }, isRead: true);
        AssertOutcome("Proceed", new PreconditionFields { IfMatch = value }, isRead: false);
    }

    [Theory, Trait("RFC", "9110 §13.1.1")]
    [InlineData("*")]
    [InlineData("\"v1\"")]
    public void If_Match_fails_where_nothing_exists(string value)
    {
        var fields = new PreconditionFields { IfMatch = value };
        Assert.Equal(PreconditionOutcome.Failed, EvaluateMissing(fields, isRead: false));
    }

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("*", "\"v1\"")]
    [InlineData("\"v1\"", "\"v1\"")]
    [InlineData("W/\"v1\"", "\"v1\"")]
    [InlineData("\"v0\", \"v1\"", "\"v1\"")]
    [InlineData("\"v1-gzip\"", "\"v1-gzip\"")]
    [InlineData("\"v0-br\", W/\"v1-br\"", "\"v1-br\"")]
    [InlineData("\"v1-deflate\"", "\"v1-deflate\"")]
    [InlineData("\"v1-zstd\"", "\"v1-zstd\"")]
    public void If_None_Match_spares_a_reader_what_it_has_and_fails_a_writer(string value, string tag)
    {
        var fields = new PreconditionFields { IfNoneMatch = value };
        var outcome = Preconditions.Evaluate(fields, isRead: true, Current, LastModified, out var matched);
        Assert.Equal(PreconditionOutcome.NotModified, outcome);
        Assert.Equal(tag, matched.ToString());
        AssertOutcome("Failed", fields, isRead: false);
    }

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("\"v0\"")]
    [InlineData("\"v0\", \"v2\"")]
    [InlineData("\"v1-compress\"")]
    [InlineData("v1")]
    [InlineData("")]
    public void If_None_Match_lets_both_proceed_when_nothing_matches(string value)
    {
        AssertOutcome("Proceed", new PreconditionFields { IfNoneMatch = value }, isRead: true);
        AssertOutcome("Proceed", new PreconditionFields { IfNoneMatch = value }, isRead: false);
    }

    [Theory, Trait("RFC", "9110 §13.1.2")]
    [InlineData("*")]
    [InlineData("\"v1\"")]
    public void If_None_Match_lets_the_first_version_be_created(string value)
    {
        var fields = new PreconditionFields { IfNoneMatch = value };
        Assert.Equal(PreconditionOutcome.Proceed, EvaluateMissing(fields, isRead: false));
    }

    [Theory, Trait("RFC", "9110 §13.1.3")]
    [InlineData(Before, "Proceed")]
    [InlineData(Then, "NotModified")]
    [InlineData(After, "NotModified")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "NotModified")]
    [InlineData("Sun Nov  6 08:49:36 1994", "Proceed")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", "NotModified")]
    public void If_Modified_Since_spares_a_reader_what_is_as_old_as_its_copy(string value, string expected)
    {
        var fields = new PreconditionFields { IfModifiedSince = value };
        AssertOutcome(expected, fields, isRead: true);
        AssertOutcome("Proceed", fields, isRead: false);
    }

    [Fact, Trait("RFC", "9110 §15.4.5")]
    public void A_match_by_date_carries_the_current_tag()
    {
        var fields = new PreconditionFields { IfModifiedSince = Then };
        Preconditions.Evaluate(fields, true, Current, LastModified, out var matched);
        Assert.Equal(Current, matched);
    }

    [Theory, Trait("RFC", "9110 §13.1.4")]
    [InlineData(Before, "Failed")]
    [InlineData(Then, "Proceed")]
    [InlineData(After, "Proceed")]
    [InlineData("Sun Nov  6 08:49:36 1994", "Failed")]
    public void If_Unmodified_Since_fails_when_there_was_a_change_since(string value, string expected)
    {
        AssertOutcome(expected, new PreconditionFields { IfUnmodifiedSince = value }, isRead: true);
        AssertOutcome(expected, new PreconditionFields { IfUnmodifiedSince = value }, isRead: false);
    }

    [Theory, Trait("RFC", "9110 §13.1.3, §13.1.4")]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("0")]
    [InlineData("Mon, 06 Nov 1994 08:49:36 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:36 GMT, Sun, 06 Nov 1994 08:49:36 GMT")]
    [InlineData("\"v1\"")]
    public void A_date_that_is_none_is_ignored(string value)
    {
        AssertOutcome("Proceed", new PreconditionFields { IfModifiedSince = value }, isRead: true);
        AssertOutcome("Proceed", new PreconditionFields { IfUnmodifiedSince = value }, isRead: false);
    }

    [Fact, Trait("RFC", "9110 §13.1.3, §13.1.4")]
    public void Dates_are_ignored_where_the_resource_has_none()
    {
        var fields = new PreconditionFields { IfModifiedSince = After, IfUnmodifiedSince = Before };
        Assert.Equal(PreconditionOutcome.Proceed, Preconditions.Evaluate(fields, true, Current, null, out _));
        Assert.Equal(PreconditionOutcome.Proceed, EvaluateMissing(fields, isRead: false));
    }

    // IfMatch, IfUnmodifiedSince, IfNoneMatch, IfModifiedSince, then what a reader and a writer get.
    [Theory, Trait("RFC", "9110 §13.2.2")]
    [InlineData(Same, Before, null, null, "Proceed", "Proceed")]
    [InlineData(Other, After, null, null, "Failed", "Failed")]
    [InlineData(null, null, Other, After, "Proceed", "Proceed")]
    [InlineData(null, null, Same, Before, "NotModified", "Failed")]
    [InlineData(null, null, "broken", Then, "Proceed", "Proceed")]
    [InlineData(Same, null, Same, null, "NotModified", "Failed")]
    [InlineData(Same, null, Other, null, "Proceed", "Proceed")]
    [InlineData(Other, null, Same, null, "Failed", "Failed")]
    [InlineData(Same, null, null, Then, "NotModified", "Proceed")]
    [InlineData(Other, null, null, Then, "Failed", "Failed")]
    [InlineData(null, Then, Same, null, "NotModified", "Failed")]
    [InlineData(null, Before, Same, null, "Failed", "Failed")]
    [InlineData(null, Then, null, Then, "NotModified", "Proceed")]
    [InlineData(null, Before, null, Then, "Failed", "Failed")]
    [InlineData(Same, Before, Other, After, "Proceed", "Proceed")]
    [InlineData("", After, null, null, "Failed", "Failed")]
    public void Fields_are_weighed_in_the_order_of_the_law(
        string? ifMatch,
        string? ifUnmodifiedSince,
        string? ifNoneMatch,
        string? ifModifiedSince,
        string reader,
        string writer)
    {
        var fields = new PreconditionFields(ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, null);
        AssertOutcome(reader, fields, isRead: true);
        AssertOutcome(writer, fields, isRead: false);
    }

    [Fact, Trait("RFC", "9110 §13.2.2")]
    public void If_Range_alone_never_stops_a_request()
    {
        AssertOutcome("Proceed", new PreconditionFields { IfRange = Other }, isRead: true);
        AssertOutcome("Proceed", new PreconditionFields { IfRange = Before }, isRead: true);
    }

    [Theory, Trait("RFC", "9110 §13.1.5")]
    [InlineData(null, true)]
    [InlineData("\"v1\"", true)]
    [InlineData("\"v0\"", false)]
    [InlineData("W/\"v1\"", false)]
    [InlineData("\"v1-gzip\"", false)]
    [InlineData("\"v1\", \"v0\"", false)]
    [InlineData("*", false)]
    [InlineData(Then, true)]
    [InlineData(Before, false)]
    [InlineData(After, false)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", true)]
    [InlineData("Sun Nov  6 08:49:37 1994", true)]
    [InlineData("", false)]
    [InlineData("v1", false)]
    [InlineData("\"v1", false)]
    [InlineData("yesterday", false)]
    public void A_range_counts_only_for_exactly_the_bytes_the_client_has(string? ifRange, bool expected) =>
        Assert.Equal(expected, Preconditions.RangeApplies(ifRange, Current, LastModified));

    [Fact, Trait("RFC", "9110 §8.8.2.2")]
    public void A_date_vouches_for_a_range_only_when_its_second_is_over()
    {
        Assert.False(Preconditions.RangeApplies(Then, Current, LastModified, LastModified));
        Assert.True(Preconditions.RangeApplies(Then, Current, LastModified, LastModified.AddSeconds(1)));

        // A file of the future is sent with other dates than its own.
        Assert.False(Preconditions.RangeApplies(Then, Current, LastModified, LastModified.AddYears(-1)));
    }

    [Fact, Trait("RFC", "9110 §13.1.3")]
    public void A_date_that_is_still_to_come_says_nothing_of_what_the_client_has()
    {
        var fields = new PreconditionFields(null, null, After, null, null);
        Assert.Equal(PreconditionOutcome.Proceed, Preconditions.Evaluate(fields, true, Current, LastModified, out _, LastModified));
        Assert.Equal(
            PreconditionOutcome.NotModified, Preconditions.Evaluate(fields, true, Current, LastModified, out _, LastModified.AddDays(1)));
    }

    [Fact, Trait("RFC", "9110 §13.1.3")]
    public void A_file_of_the_future_is_modified_since_every_date()
    {
        var fields = new PreconditionFields(null, null, Then, null, null);
        Assert.Equal(
            PreconditionOutcome.Proceed, Preconditions.Evaluate(fields, true, Current, LastModified.AddYears(1), out _, LastModified));
    }

    [Fact, Trait("RFC", "9110 §13.1.4")]
    public void A_file_of_the_future_is_not_unmodified_since_the_date_that_it_was_sent_with()
    {
        var fields = new PreconditionFields(null, null, null, Then, null);
        Assert.Equal(
            PreconditionOutcome.Failed, Preconditions.Evaluate(fields, false, Current, LastModified.AddYears(1), out _, LastModified));
    }

    [Fact, Trait("RFC", "9110 §5.6.7")]
    public void Two_digits_of_a_year_are_read_by_the_servers_clock()
    {
        // In 2045 the year 94 is 2094, within fifty years; and that is still to come.
        var fields = new PreconditionFields(null, null, "Saturday, 06-Nov-94 08:49:37 GMT", null, null);
        Assert.Equal(
            PreconditionOutcome.Proceed,
            Preconditions.Evaluate(fields, true, Current, LastModified, out _, new DateTimeOffset(2045, 1, 1, 0, 0, 0, default)));
    }

    [Theory, Trait("RFC", "9110 §13.1.5")]
    [InlineData("\"v1\"")]
    [InlineData("W/\"v1\"")]
    public void A_weak_tag_of_ours_vouches_for_no_range(string ifRange) =>
        Assert.False(Preconditions.RangeApplies(ifRange, new EntityTag("v1", IsWeak: true), LastModified));

    [Fact, Trait("RFC", "9110 §13.1.5")]
    public void The_tag_of_a_coded_answer_vouches_for_ranges_of_that_answer()
    {
        var coded = Current.For(ContentCoding.Gzip);
        Assert.True(Preconditions.RangeApplies("\"v1-gzip\"", coded, LastModified));
        Assert.False(Preconditions.RangeApplies("\"v1\"", coded, LastModified));
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_fields_make_the_decision_throw_and_only_a_reader_is_told_not_modified(
        string ifMatch, string ifNoneMatch, string modifiedSince, string unmodifiedSince, string ifRange, byte present)
    {
        string? Field(string value, int bit) => (present & (1 << bit)) != 0 ? value : null;

        var fields = new PreconditionFields(
            Field(ifMatch, 0),
            Field(ifNoneMatch, 1),
            Field(modifiedSince, 2),
            Field(unmodifiedSince, 3),
            Field(ifRange, 4));

        Preconditions.Evaluate(fields, true, Current, LastModified, out _);
        Preconditions.RangeApplies(fields.IfRange, Current, LastModified);
        Assert.NotEqual(
            PreconditionOutcome.NotModified,
            Preconditions.Evaluate(fields, false, Current, LastModified, out _));
        Assert.Equal(
            fields.IfMatch is null ? PreconditionOutcome.Proceed : PreconditionOutcome.Failed,
            EvaluateMissing(fields, isRead: false));
    }

    private static void AssertOutcome(string expected, in PreconditionFields fields, bool isRead) =>
        Assert.Equal(expected, Preconditions.Evaluate(fields, isRead, Current, LastModified, out _).ToString());

    private static PreconditionOutcome EvaluateMissing(in PreconditionFields fields, bool isRead) =>
        Preconditions.Evaluate(fields, isRead, current: null, lastModified: null, out _);
}
