using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace ActorHttp.ConsoleHost;

/// <summary>Leaves out the log lines of Akka that repeat a line of the server, and limits those that Akka repeats itself.</summary>
internal sealed class LogFilter(TimeProvider time) : ILogEventFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;

    public bool IsEnabled(LogEvent logEvent)
    {
        var text = logEvent.RenderMessage(CultureInfo.InvariantCulture);

        // The server has lines of its own for binding and for shutting down. Akka's line for a failed bind has a stack trace.
        if (text.Contains("TCP channel on endpoint", StringComparison.Ordinal)
            || text.StartsWith("CoordinatedShutdown invoked", StringComparison.Ordinal))
        {
            return false;
        }

        // The host says itself why the start failed: in one line, and at debug level with the trace.
        if (text.StartsWith("Unable to start AkkaHostedService", StringComparison.Ordinal) || text == "Hosting failed to start")
            return false;

        // Without a free descriptor Akka.IO tries to accept a hundred times a second, and writes a line each time.
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
