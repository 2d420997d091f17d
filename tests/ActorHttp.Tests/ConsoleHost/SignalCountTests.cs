using ActorHttp.ConsoleHost;

namespace ActorHttp.Tests.ConsoleHost;

public sealed class SignalCountTests
{
    private readonly Clock _time = new();

    [Fact]
    public void What_comes_within_half_a_second_of_the_first_signal_is_a_repeat()
    {
        var count = new SignalCount(_time);
        Assert.Equal(SignalMeaning.Drain, count.Next());
        Assert.Equal(SignalMeaning.Repeat, count.Next());
        _time.Now = TimeSpan.FromMilliseconds(500);
        Assert.Equal(SignalMeaning.Repeat, count.Next());
    }

    [Fact]
    public void What_comes_later_is_a_second_signal_even_behind_repeats()
    {
        var count = new SignalCount(_time);
        count.Next();
        _time.Now = TimeSpan.FromMilliseconds(400);
        count.Next();
        _time.Now = TimeSpan.FromMilliseconds(501);
        Assert.Equal(SignalMeaning.EndAtOnce, count.Next());
        _time.Now = TimeSpan.FromSeconds(5);
        Assert.Equal(SignalMeaning.Repeat, count.Next());
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
