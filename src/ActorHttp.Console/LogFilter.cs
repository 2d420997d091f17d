using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Removes log entries of Akka that repeat a log entry of the server. Limits an entry that Akka writes many times a second.
/// </summary>
internal sealed class LogFilter(TimeProvider time) : ILogEventFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;

    public bool IsEnabled(LogEvent logEvent)
    {
        var text = logEvent.RenderMessage(CultureInfo.InvariantCulture);

        // The server logs the binding and the shutdown itself. Akka's entry for a failed bind also contains a stack trace.
        if (text.Contains("TCP channel on endpoint", StringComparison.Ordinal)
            || text.StartsWith("CoordinatedShutdown invoked", StringComparison.Ordinal))
        {
            return false;
        }

        // The host reports a failed start itself: with one line, and at debug level with the stack trace.
        if (text.StartsWith("Unable to start AkkaHostedService", StringComparison.Ordinal) || text == "Hosting failed to start")
            return false;

        // When the process has no free descriptor, Akka.IO tries to accept a connection about 100 times per second and logs each
        // try. At most one entry in ten seconds passes.
        return !text.StartsWith("Retriable socket error in TcpListener", StringComparison.Ordinal) || IsTime();
    }

    private bool IsTime()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now < _saidAt + Pause)
                return false;
            _saidAt = now;
            return true;
        }
    }
}
