using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Waits for the loggers of an actor system. When the system ends, Akka stops the loggers and drops the lines in their
/// mailboxes. The last line often contains the reason for the end of the system, so this line must not be lost.
/// </summary>
internal static class LogDelivery
{
    /// <summary>
    /// Waits until every logger has handled all lines that were logged before this call. Returns without an exception when the
    /// time limit has passed.
    /// </summary>
    public static async Task WaitAsync(ActorSystem system, TimeSpan limit)
    {
        // A logger answers Identify after all lines that are already in its mailbox.
        var loggers = ((ActorRefWithCell)((ExtendedActorSystem)system).SystemGuardian).Children
            .Where(child => child.Path.Name.StartsWith("log", StringComparison.Ordinal));
        try
        {
            await Task.WhenAll(loggers.Select(logger => logger.Ask<ActorIdentity>(new Identify(null), limit))).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // The time limit has passed. A logger that needs longer may lose lines.
        }
    }
}
