using ActorHttp.ConsoleHost;
using Serilog.Events;
using Serilog.Parsing;

namespace ActorHttp.Tests.ConsoleHost;

public sealed class LogFilterTests
{
    private readonly Clock _time = new();

    [Theory]
    [InlineData("Bind failed for TCP channel on endpoint [127.0.0.1:80]", false)]
    [InlineData("CoordinatedShutdown invoked with reason X", false)]
    [InlineData("Unable to start AkkaHostedService", false)]
    [InlineData("Hosting failed to start", false)]
    [InlineData("Hosting failed to start something else", true)]
    [InlineData("GET /files/a failed", true)]
    public void What_we_say_ourselves_is_left_out(string line, bool isWritten) =>
        Assert.Equal(isWritten, Passes(new LogFilter(_time), line));

    [Fact]
    public void What_Akka_repeats_is_written_once_in_ten_seconds()
    {
        const string line = "Retriable socket error in TcpListener: too many open files";
        var filter = new LogFilter(_time);
        Assert.True(Passes(filter, line));
        Assert.False(Passes(filter, line));
        _time.Now += TimeSpan.FromSeconds(9.9);
        Assert.False(Passes(filter, line));
        Assert.True(Passes(filter, "another line"));
        _time.Now += TimeSpan.FromSeconds(0.1);
        Assert.True(Passes(filter, line));
        Assert.False(Passes(filter, line));
    }

    private static bool Passes(LogFilter filter, string line) => filter.IsEnabled(
        new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Warning, null, new MessageTemplateParser().Parse(line), []));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
