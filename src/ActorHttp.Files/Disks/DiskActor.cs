using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Files.Disks;

/// <summary>
/// The base class of the actors that do one disk operation, such as a transfer or a digest. For each message that touches the
/// disk, the actor enters its gate, and leaves the gate after that message.
/// </summary>
/// <remarks>
/// A disk actor restarts only because its parent restarts. The new instance continues the work, so a restart does not stop the
/// children and does not call <c>PreStart</c> again. State that the new instance needs is in an object that the Props contain,
/// often of a nested class <c>State</c>.
/// </remarks>
/// <param name="seat">The seat in the gate; null for an actor that never waits for a disk.</param>
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

    /// <summary>
    /// Sends <see cref="Begin"/> to this actor, so that the work begins when the actor has entered the gate. Call it in
    /// <c>PreStart</c>.
    /// </summary>
    protected void BeginWork() => Self.Tell(Begin.Instance);

    /// <summary>Sends <see cref="NextStep"/> to this actor. Other actors can use the thread and the disk before the next step.</summary>
    protected void ContinueWork() => Self.Tell(NextStep.Instance);

    /// <summary>The message with which an actor begins its own work.</summary>
    protected sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }

    /// <summary>The message with which an actor continues its own work, when the work has several steps.</summary>
    protected sealed class NextStep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly NextStep Instance = new();
    }
}
