using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Disks;

/// <summary>
/// The base of every actor that lives for one piece of work: a transfer, a digest, a look at the disk. It enters its gate for each message
/// that touches the disk, and leaves the gate after that message.
/// </summary>
/// <remarks>
/// Such an actor is restarted only when its parent is, and then it goes on with its work. So a restart stops no children and does not run
/// <c>PreStart</c> again. State that a new instance needs is in a nested class <c>State</c>, or in another object that the Props carry.
/// </remarks>
/// <param name="seat">The seat at the gate; null for an actor that never waits for a disk.</param>
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

    /// <summary>Sends this actor <see cref="Begin"/>, so that its work begins in a turn at the gate. For <c>PreStart</c>.</summary>
    protected void BeginWork() => Self.Tell(Begin.Instance);

    /// <summary>Sends this actor <see cref="NextStep"/>. Other actors get the thread and the disk before the next step.</summary>
    protected void ContinueWork() => Self.Tell(NextStep.Instance);

    /// <summary>The first message of an actor to itself: begin.</summary>
    protected sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }

    /// <summary>A message of an actor to itself: do the next step of a work that has several.</summary>
    protected sealed class NextStep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly NextStep Instance = new();
    }
}
