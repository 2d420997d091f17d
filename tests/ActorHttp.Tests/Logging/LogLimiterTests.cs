using ActorHttp.Logging;

namespace ActorHttp.Tests.Logging;

public sealed class LogLimiterTests
{
    [Fact]
    public void The_first_line_of_a_key_passes_and_the_others_are_counted()
    {
        var limiter = new LogLimiter(mostKeys: 2);
        Assert.True(limiter.Passes(Key("a"), "first"));
        Assert.False(limiter.Passes(Key("a"), "second"));
        Assert.False(limiter.Passes(Key("a"), "third"));
        Assert.Equal([new LeftOut(Key("a"), "first", 2)], limiter.EndWindow());
        Assert.True(limiter.Passes(Key("a"), "again"));
    }

    [Fact]
    public void A_line_that_came_once_is_not_said_again()
    {
        var limiter = new LogLimiter(mostKeys: 2);
        Assert.True(limiter.IsEmpty);
        Assert.True(limiter.Passes(Key("a"), "first"));
        Assert.False(limiter.IsEmpty);
        Assert.Empty(limiter.EndWindow());
        Assert.True(limiter.IsEmpty);
    }

    [Fact]
    public void However_many_keys_there_are_the_lines_are_bounded_and_all_are_counted()
    {
        var limiter = new LogLimiter(mostKeys: 8);
        var passed = Enumerable.Range(0, 10_000).Count(i => limiter.Passes(Key($"{i}"), $"{i}"));
        Assert.Equal(9, passed);
        Assert.Equal([new LeftOut(LogKey.Other, "8", 10_000 - 9)], limiter.EndWindow());
    }

    private static LogKey Key(string kind) => new("source", kind, "place");
}
