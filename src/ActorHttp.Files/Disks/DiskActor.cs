using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>
/// The base of an actor that lives for one piece of work on a disk. It enters its gate for each message that touches the disk,
/// and leaves behind it. A restart is its parent's and changes nothing: what it has begun is in objects that its Props carry.
/// </summary>
/// <param name="seat">Null for an actor that never waits for a disk.</param>
internal abstract class DiskActor(DiskSeat? seat) : UntypedActor, IWithUnboundedStash
{
    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop() => seat?.Leave();

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (seat is null || !TouchesDisk(message))
            return base.AroundReceive(receive, message);
        if (!seat.Admits(message, Self, Stash))
            return true;
        try
        {
            return base.AroundReceive(receive, message);
        }
        finally
        {
            seat.Leave();
        }
    }

    /// <summary>Whether the actor touches the disk for this message.</summary>
    protected virtual bool TouchesDisk(object message) => true;
}
