using System.Text;
using ActorHttp.Connections;

namespace ActorHttp.Tests.Connections;

public class DateFieldTests
{
    private readonly Clock _clock = new(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero));

    [Fact, Trait("RFC", "9110 §6.6.1")]
    public void It_is_a_whole_field_line() =>
        Assert.Equal("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", Encoding.ASCII.GetString(new DateField(_clock).Current));

    [Fact]
    public void It_is_made_once_a_second()
    {
        var date = new DateField(_clock);
        var first = date.Current;
        _clock.Now += TimeSpan.FromMilliseconds(999);
        Assert.True(first == date.Current, "The same second gave another line.");
        _clock.Now += TimeSpan.FromMilliseconds(1);

        Assert.Equal("Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n", Encoding.ASCII.GetString(date.Current));
    }

    [Fact]
    public void It_follows_a_clock_that_is_set_back()
    {
        var date = new DateField(_clock);
        _ = date.Current;
        _clock.Now -= TimeSpan.FromDays(1);

        Assert.Equal("Date: Sat, 05 Nov 1994 08:49:37 GMT\r\n", Encoding.ASCII.GetString(date.Current));
    }

    [Fact]
    public void It_is_in_GMT_whatever_the_time_zone()
    {
        _clock.Now = _clock.Now.ToOffset(TimeSpan.FromHours(9));

        Assert.Equal("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", Encoding.ASCII.GetString(new DateField(_clock).Current));
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
