using System.Globalization;
using System.Text;
using ActorHttp.Semantics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class HttpDateTests
{
    private const string Fixdate = "ddd, dd MMM yyyy HH:mm:ss 'GMT'";
    private const string Rfc850 = "dddd, dd-MMM-yy HH:mm:ss 'GMT'";

    private static readonly DateTimeOffset Example = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    [InlineData("Sun Nov 06 08:49:37 1994")]
    public void All_three_formats_name_the_same_moment(string text)
    {
        Assert.True(HttpDate.TryParse(text, out var date));
        Assert.Equal(Example, date);
        Assert.Equal(TimeSpan.Zero, date.Offset);
    }

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z")]
    [InlineData("Tue, 29 Feb 2000 12:00:00 GMT", "2000-02-29T12:00:00Z")]
    [InlineData("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z")]
    [InlineData("Fri Dec 31 23:59:59 9999", "9999-12-31T23:59:59Z")]
    [InlineData("Thu Jan  1 00:00:00 1970", "1970-01-01T00:00:00Z")]
    public void The_edges_of_the_calendar_are_dates(string text, string expected)
    {
        Assert.True(HttpDate.TryParse(text, out var date));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), date);
    }

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("Sat, 31 Dec 2016 23:59:60 GMT", 2016)]
    [InlineData("Saturday, 31-Dec-16 23:59:60 GMT", 2016)]
    [InlineData("Fri, 31 Dec 9999 23:59:60 GMT", 9999)]
    public void A_leap_second_is_read_as_the_second_before_it(string text, int year)
    {
        Assert.True(HttpDate.TryParse(text, out var date));
        Assert.Equal(new DateTimeOffset(year, 12, 31, 23, 59, 59, TimeSpan.Zero), date);
    }

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("784111777")]
    [InlineData("1994-11-06T08:49:37Z")]
    [InlineData("Sun, 06 Nov 1994 08:49:37")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 gmt")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 +0000")]
    [InlineData("sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("SUN, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 NOV 1994 08:49:37 GMT")]
    [InlineData("Thu, 06 anF 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 ,   1994 08:49:37 GMT")]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun,  6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 94 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 8:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49 GMT")]
    [InlineData("Sun, 06 Nov 1994 08.49.37 GMT")]
    [InlineData("Sun, 06 Nov 1994  08:49:37 GMT")]
    [InlineData(" Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT ")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT; length=5")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:00:00 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:60 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:61 GMT")]
    [InlineData("Sun, 06 Nov 1994 -8:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Thu, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Wed, 29 Feb 1995 08:49:37 GMT")]
    [InlineData("Thu, 29 Feb 1900 08:49:37 GMT")]
    [InlineData("Sat, 01 Jan 0000 00:00:00 GMT")]
    [InlineData("Sun, 0\u0666 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov \uFF11994 08:49:37 GMT")]
    [InlineData("Sunday, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sunday, 6-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday,06-Nov-94 08:49:37 GMT")]
    [InlineData("Monday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 UTC")]
    [InlineData("Sunday, 06-Nov--4 08:49:37 GMT")]
    [InlineData(", 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov 6 08:49:37 1994")]
    [InlineData("Sun Nov  0 08:49:37 1994")]
    [InlineData("Mon Nov  6 08:49:37 1994")]
    [InlineData("Sun nov  6 08:49:37 1994")]
    [InlineData("Sun Nov  6 08:49:37 94")]
    [InlineData("Sun Nov  6 08:49:37 1994 GMT")]
    [InlineData("Sun, Nov 6 08:49:37 1994")]
    public void What_breaks_the_grammar_is_no_date(string text)
    {
        Assert.False(HttpDate.TryParse(text, out var date));
        Assert.Equal(default, date);
    }

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("2026-06-15T12:00:00Z", "06-Nov-94", 1994)]
    [InlineData("2026-06-15T12:00:00Z", "01-Jan-26", 2026)]
    [InlineData("2026-06-15T12:00:00Z", "31-Dec-75", 2075)]
    [InlineData("2026-06-15T12:00:00Z", "14-Jun-76", 2076)]
    [InlineData("2026-06-15T12:00:00Z", "16-Jun-76", 1976)]
    [InlineData("2026-06-15T12:00:00Z", "01-Jan-77", 1977)]
    [InlineData("1996-01-01T00:00:00Z", "06-Nov-94", 1994)]
    [InlineData("1996-01-01T00:00:00Z", "06-Nov-05", 2005)]
    [InlineData("1996-01-01T00:00:00Z", "06-Nov-46", 1946)]
    [InlineData("2090-01-01T00:00:00Z", "06-Nov-10", 2110)]
    [InlineData("2090-01-01T00:00:00Z", "06-Nov-50", 2050)]
    [InlineData("2050-01-01T00:00:00+14:00", "31-Dec-99", 1999)]
    [InlineData("2050-01-01T00:00:00Z", "31-Dec-99", 2099)]
    public void Two_digits_are_the_last_such_year_that_is_not_over_50_years_ahead(string now, string day, int year)
    {
        var moment = DateTimeOffset.ParseExact(
            $"{day[..7]}{year:0000} 12:00:00 +00:00", "dd-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture);

        Assert.True(HttpDate.TryParse(
            moment.ToString(Rfc850, CultureInfo.InvariantCulture),
            DateTimeOffset.Parse(now, CultureInfo.InvariantCulture),
            out var date));
        Assert.Equal(moment, date);
    }

    [Theory, Trait("RFC", "9110 §5.6.7")]
    [InlineData("Monday, 15-Jun-76 12:00:00 GMT", 2076)]
    [InlineData("Tuesday, 15-Jun-76 12:00:01 GMT", 1976)]
    public void Fifty_years_are_counted_to_the_second(string text, int year)
    {
        var now = new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
        Assert.True(HttpDate.TryParse(text, now, out var date));
        Assert.Equal(year, date.Year);
    }

    [Fact, Trait("RFC", "9110 §5.6.7")]
    public void The_29th_of_February_is_checked_in_the_year_it_turned_out_to_be()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.True(HttpDate.TryParse("Tuesday, 29-Feb-00 00:00:00 GMT", now, out var date));
        Assert.Equal(2000, date.Year);

        // 2100 is no leap year, whatever weekday one gives it.
        Assert.False(HttpDate.TryParse("Monday, 29-Feb-00 00:00:00 GMT", now.AddYears(60), out _));
    }

    [Theory]
    [InlineData("Thursday, 01-Jan-70 00:00:00 GMT", 1970)]
    [InlineData("Tuesday, 31-Dec-69 23:59:59 GMT", 2069)]
    public void Without_a_clock_two_digits_run_from_1970_to_2069(string text, int year)
    {
        Assert.True(HttpDate.TryParse(text, out var date));
        Assert.Equal(year, date.Year);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void A_clock_at_the_edge_of_the_calendar_breaks_nothing(string now)
    {
        var moment = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture);
        for (var year = 0; year < 100; year++)
        {
            HttpDate.TryParse($"Sunday, 06-Nov-{year:00} 08:49:37 GMT", moment, out _);
        }

        Assert.True(HttpDate.TryParse("Friday, 31-Dec-99 23:59:59 GMT", DateTimeOffset.MaxValue, out var last));
        Assert.Equal(9999, last.Year);
    }

    [Fact, Trait("RFC", "9110 §5.6.7")]
    public void A_date_is_written_as_IMF_fixdate_in_GMT()
    {
        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.Format(Example));
        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.Format(Example.ToOffset(TimeSpan.FromHours(-11))));
        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.Format(Example.AddTicks(TimeSpan.TicksPerSecond - 1)));
    }

    [Fact]
    public void Writing_fills_29_bytes_and_touches_no_more()
    {
        Span<byte> destination = stackalloc byte[HttpDate.Length + 1];
        destination.Fill((byte)'#');
        HttpDate.Write(Example.ToOffset(TimeSpan.FromHours(5)), destination);
        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT#", Encoding.ASCII.GetString(destination));
    }

    [Fact]
    public void Writing_into_too_little_room_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => HttpDate.Write(Example, new byte[HttpDate.Length - 1]));

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        var destination = new byte[HttpDate.Length];
        HttpDate.Write(Example, destination);
        HttpDate.TryParse("Sun, 06 Nov 1994 08:49:37 GMT", out _);
        HttpDate.TryParse("Sunday, 06-Nov-94 08:49:37 GMT", out _);
        HttpDate.TryParse("Sun Nov  6 08:49:37 1994", out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        HttpDate.Write(Example, destination);
        HttpDate.TryParse("Sun, 06 Nov 1994 08:49:37 GMT", out _);
        HttpDate.TryParse("Sunday, 06-Nov-94 08:49:37 GMT", out _);
        HttpDate.TryParse("Sun Nov  6 08:49:37 1994", out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Seconds)])]
    public void Every_second_of_the_calendar_survives_all_three_formats(DateTimeOffset moment)
    {
        Assert.Equal(Text(moment, Fixdate), HttpDate.Format(moment));

        var written = new byte[HttpDate.Length];
        HttpDate.Write(moment, written);
        Assert.Equal(HttpDate.Format(moment), Encoding.ASCII.GetString(written));

        Assert.True(HttpDate.TryParse(HttpDate.Format(moment), out var fixdate));
        Assert.Equal(moment, fixdate);
        Assert.True(HttpDate.TryParse(Asctime(moment), out var asctime));
        Assert.Equal(moment, asctime);
        Assert.True(HttpDate.TryParse(Text(moment, Rfc850), moment, out var rfc850));
        Assert.Equal(moment, rfc850);
    }

    [Property(MaxTest = 3000, Arbitrary = [typeof(Seconds)])]
    public void One_changed_character_makes_another_date_or_none(DateTimeOffset moment, byte index, byte value)
    {
        Func<DateTimeOffset, string>[] formats =
            [date => Text(date, Fixdate), date => Text(date, Rfc850), Asctime];
        foreach (var format in formats)
        {
            var text = format(moment).ToCharArray();
            text[index % text.Length] = (char)(value % 128);

            if (HttpDate.TryParse(text, moment, out var date))
            {
                // asctime allows both "Nov  6" and "Nov 06", and a leap second has no way back.
                var written = format(date).Replace(' ', '0');
                Assert.Equal(new string(text).Replace(' ', '0').Replace(":60", ":59"), written);
            }
        }
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(HostileText)])]
    public void No_text_makes_the_reader_throw(string text)
    {
        HttpDate.TryParse(text, out _);
        HttpDate.TryParse(text, DateTimeOffset.MaxValue, out _);
        HttpDate.TryParse(text, DateTimeOffset.MinValue, out _);
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void No_text_of_a_dates_length_makes_the_reader_throw(string text)
    {
        foreach (var length in (int[])[24, 29, 30, 31, 32, 33])
        {
            HttpDate.TryParse(text.PadRight(length, '0').AsSpan(0, length), out _);
        }
    }

    private static string Text(DateTimeOffset moment, string format) =>
        moment.ToString(format, CultureInfo.InvariantCulture);

    private static string Asctime(DateTimeOffset moment) =>
        Text(moment, "ddd MMM ") + $"{moment.Day,2} " + Text(moment, "HH:mm:ss yyyy");

    public static class Seconds
    {
        public static Arbitrary<DateTimeOffset> OfTheCalendar()
        {
            var lastDay = (int)(DateTime.MaxValue - DateTime.MinValue).TotalDays;
            return Gen.Choose(0, lastDay)
                .SelectMany(_ => Gen.Choose(0, (24 * 60 * 60) - 1), (day, second) =>
                    new DateTimeOffset(DateTime.MinValue, TimeSpan.Zero).AddDays(day).AddSeconds(second))
                .ToArbitrary();
        }
    }
}
