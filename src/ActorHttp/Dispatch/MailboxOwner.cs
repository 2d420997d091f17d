using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Finds the actor whose mailbox a thread runs. Akka has no public way from a mailbox to its actor.</summary>
internal static class MailboxOwner
{
    /// <summary>Returns the cell of the actor; null when the work is not a mailbox, or the actor has just ended.</summary>
    public static ActorCell? Of(IRunnable? run)
    {
        try
        {
            return run is Mailbox mailbox ? CellOf(mailbox) : null;
        }
        catch (MissingMethodException)
        {
            // A later Akka may have renamed the property.
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell CellOf(Mailbox mailbox);
}
