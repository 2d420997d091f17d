using Akka.Event;

namespace ActorHttp.ConsoleHost;

/// <summary>
/// Replaces Akka's standard-out logger, which writes before the other loggers start and after they stop, whatever its level. stdout
/// carries the ready line and nothing else.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
