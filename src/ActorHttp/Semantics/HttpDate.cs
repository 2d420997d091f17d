using System.Globalization;

namespace ActorHttp.Semantics;

/// <summary>Writes an HTTP-date as IMF-fixdate, and parses all three formats of an HTTP-date (RFC 9110 §5.6.7).</summary>
public static class HttpDate
{
    /// <summary>The length of an IMF-fixdate, in bytes.</summary>
    public const int Length = 29;

    private const int AsctimeLength = 24;
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    // The names of the weekdays, in the order of DayOfWeek. IMF-fixdate and asctime use the first three letters.
    private static readonly string[] Weekdays =
        ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    // The reference time for two-digit years when the caller passes no time. With this reference time, a two-digit year means
    // 1970 to 2069. No date on the web is older than the Unix epoch, and no software that still writes RFC 850 dates needs years
    // after 2069.
    private static readonly DateTimeOffset ClocklessNow = new(2019, 12, 31, 23, 59, 59, TimeSpan.Zero);

    /// <summary>Writes an IMF-fixdate into the first 29 bytes of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination has fewer than 29 bytes.</exception>
    public static void Write(DateTimeOffset value, Span<byte> destination)
    {
        if (!value.TryFormat(destination, out _, "R", CultureInfo.InvariantCulture))
        {
            throw new ArgumentException(
                $"An HTTP-date takes {Length} bytes, the destination has {destination.Length}.", nameof(destination));
        }
    }

    /// <summary>Returns the IMF-fixdate of a time, in UTC.</summary>
    public static string Format(DateTimeOffset value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Parses any of the three formats. A two-digit year means 1970 to 2069.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset date) =>
        TryParse(text, ClocklessNow, out date);

    /// <summary>
    /// Parses any of the three formats. A two-digit year is at most 50 years after <paramref name="now"/> (RFC 9110 §5.6.7).
    /// </summary>
    // Parsing is strict: "HTTP-date is case sensitive", and a date with a wrong weekday is refused.
    public static bool TryParse(ReadOnlySpan<char> text, DateTimeOffset now, out DateTimeOffset date) =>
        text.Length switch
        {
            Length => TryParseFixdate(text, out date),
            AsctimeLength => TryParseAsctime(text, out date),
            _ => TryParseRfc850(text, now, out date),
        };

    // Parses an IMF-fixdate, such as "Sun, 06 Nov 1994 08:49:37 GMT".
    private static bool TryParseFixdate(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        return text[3..5] is ", " && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' && text[25..] is " GMT"
            && TryCreate(Weekday(text[..3], isShort: true),
                Number(text[12..16]), Month(text[8..11]), Number(text[5..7]), SecondOfDay(text[17..25]), out date);
    }

    // Parses the asctime format, such as "Sun Nov  6 08:49:37 1994".
    private static bool TryParseAsctime(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        var day = text[8] == ' ' ? text[9..10] : text[8..10];
        return text[3] == ' ' && text[7] == ' ' && text[10] == ' ' && text[19] == ' '
            && TryCreate(Weekday(text[..3], isShort: true),
                Number(text[20..]), Month(text[4..7]), Number(day), SecondOfDay(text[11..19]), out date);
    }

    // Parses the RFC 850 format, such as "Sunday, 06-Nov-94 08:49:37 GMT".
    private static bool TryParseRfc850(ReadOnlySpan<char> text, DateTimeOffset now, out DateTimeOffset date)
    {
        date = default;
        var comma = text.IndexOf(',');
        if (comma < 0)
        {
            return false;
        }

        var rest = text[(comma + 1)..];
        if (rest.Length != 23 || rest[0] != ' ' || rest[3] != '-' || rest[7] != '-' || rest[10] != ' '
            || rest[19..] is not " GMT")
        {
            return false;
        }

        var (day, month, shortYear) = (Number(rest[1..3]), Month(rest[4..7]), Number(rest[8..10]));
        if (shortYear < 0)
        {
            return false;
        }

        var second = SecondOfDay(rest[11..19]);
        var year = FullYear(shortYear, month, day, second, now);
        return TryCreate(Weekday(text[..comma], isShort: false), year, month, day, second, out date);
    }

    // Returns the year for a two-digit year. §5.6.7: recipients "MUST interpret a timestamp that appears to be more than 50 years in
    // the future as representing the most recent year in the past that had the same last two digits".
    private static int FullYear(int shortYear, int month, int day, int second, DateTimeOffset now)
    {
        var utc = now.UtcDateTime;
        var lastYear = utc.Year + 50;
        var year = lastYear - ((((lastYear - shortYear) % 100) + 100) % 100);
        var isLater = (month, day, second).CompareTo((utc.Month, utc.Day, (int)utc.TimeOfDay.TotalSeconds)) > 0;
        return year == lastYear && isLater ? year - 100 : year;
    }

    // Creates the date from its parts. Number, Month, Weekday and SecondOfDay return a number outside the valid range for an
    // invalid text. The checks of this method refuse such a number.
    private static bool TryCreate(int weekday, int year, int month, int day, int second, out DateTimeOffset date)
    {
        date = default;
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || second < 0)
        {
            return false;
        }

        var midnight = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero);
        if ((int)midnight.DayOfWeek != weekday)
        {
            return false;
        }

        date = midnight.AddSeconds(second);
        return true;
    }

    private static int SecondOfDay(ReadOnlySpan<char> text)
    {
        var (hour, minute, second) = (Number(text[..2]), Number(text[3..5]), Number(text[6..]));
        if (text[2] != ':' || text[5] != ':' || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
        {
            return -1;
        }

        var secondOfDay = (((hour * 60) + minute) * 60) + second;

        // §5.6.7 allows the leap second 23:59:60. DateTimeOffset has no leap seconds, so the leap second becomes 23:59:59.
        return second < 60 ? secondOfDay : secondOfDay == 24 * 60 * 60 ? secondOfDay - 1 : -1;
    }

    private static int Month(ReadOnlySpan<char> name)
    {
        var index = Months.AsSpan().IndexOf(name);
        return index % 3 == 0 ? (index / 3) + 1 : 0;
    }

    private static int Weekday(ReadOnlySpan<char> name, bool isShort)
    {
        for (var i = 0; i < Weekdays.Length; i++)
        {
            if (name.SequenceEqual(isShort ? Weekdays[i].AsSpan(0, 3) : Weekdays[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return -1;
            }

            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
