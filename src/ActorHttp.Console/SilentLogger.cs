using Akka.Event;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Discards the log entries of Akka's standard-out logger. That logger writes to stdout before the other loggers start and after
/// they stop, at any log level. The server writes only the ready line to stdout.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
