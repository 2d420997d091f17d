using Akka.Event;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Stands in for Akka's standard-out logger, which speaks before the loggers are up and after they are down, whatever its
/// level: stdout carries the ready line and nothing else.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
