using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace ActorHttp.ConsoleHost;

/// <summary>Leaves out of the log what Akka says on top of our own lines, or again and again.</summary>
internal sealed class LogFilter(TimeProvider time) : ILogEventFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;

    public bool IsEnabled(LogEvent logEvent)
    {
        var text = logEvent.RenderMessage(CultureInfo.InvariantCulture);

        // On binding and on shutting down we have a line of our own; one of theirs brings a stack trace.
        if (text.Contains("TCP channel on endpoint", StringComparison.Ordinal) || text.StartsWith("CoordinatedShutdown invoked", StringComparison.Ordinal))
            return false;

        // Why the start failed we say ourselves, in one line, and at debug with the trace.
        if (text.StartsWith("Unable to start AkkaHostedService", StringComparison.Ordinal) || text == "Hosting failed to start")
            return false;

        // With no file left to accept a connection, Akka.IO tries a hundred times a second, and has a line for each.
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
