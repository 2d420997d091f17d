using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Waits for the loggers of an actor system. Akka stops them at the end of a system with whatever is still in their mailboxes,
/// and the last line is often the one that says why the system ends.
/// </summary>
internal static class LogDelivery
{
    /// <summary>Waits until every logger has handled the lines that were logged before, or the time is up. It never throws.</summary>
    public static async Task WaitAsync(ActorSystem system, TimeSpan limit)
    {
        // The answer to Identify comes behind the lines that are in a logger's mailbox already.
        var loggers = ((ActorRefWithCell)((ExtendedActorSystem)system).SystemGuardian).Children
            .Where(child => child.Path.Name.StartsWith("log", StringComparison.Ordinal));
        try
        {
            await Task.WhenAll(loggers.Select(logger => logger.Ask<ActorIdentity>(new Identify(null), limit))).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // A logger that is busy for so long may lose the line.
        }
    }
}
