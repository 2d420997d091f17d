using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Waits for the loggers of an actor system. At the end of the system, Akka stops the loggers and drops the lines in their
/// mailboxes. The last line often says why the system ends.
/// </summary>
internal static class LogDelivery
{
    /// <summary>
    /// Waits until every logger has handled the lines that were logged before, or until the time is up. Does not throw at the
    /// time limit.
    /// </summary>
    public static async Task WaitAsync(ActorSystem system, TimeSpan limit)
    {
        // A logger answers Identify after the lines that are in its mailbox already.
        var loggers = ((ActorRefWithCell)((ExtendedActorSystem)system).SystemGuardian).Children
            .Where(child => child.Path.Name.StartsWith("log", StringComparison.Ordinal));
        try
        {
            await Task.WhenAll(loggers.Select(logger => logger.Ask<ActorIdentity>(new Identify(null), limit))).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // A logger that is busy for so long may lose lines.
        }
    }
}
