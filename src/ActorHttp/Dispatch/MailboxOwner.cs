using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Finds the actor of a mailbox that a thread runs. Akka has no public API for this.</summary>
internal static class MailboxOwner
{
    /// <summary>
    /// Returns the cell of the mailbox's actor. Returns null when the work is not a mailbox, or when the actor has just ended.
    /// </summary>
    public static ActorCell? Of(IRunnable? run)
    {
        try
        {
            return run is Mailbox mailbox ? CellOf(mailbox) : null;
        }
        catch (MissingMethodException)
        {
            // A later version of Akka may have renamed the internal property.
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell CellOf(Mailbox mailbox);
}
