using ActorHttp.Handlers.Files.Disks;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// The source of one answer's body: it is asked for part after part, and ends with the body, when it is cancelled, or when the
/// connection is gone. How far it has come is in objects that its Props carry.
/// </summary>
/// <param name="exchange">Whose body it is.</param>
/// <param name="seat">For a source that waits for a disk; null for one that never does.</param>
internal abstract class BodySourceActor(Exchange exchange, DiskSeat? seat = null) : UntypedActor, IWithUnboundedStash
{
    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    protected Exchange Exchange => exchange;

    protected override void PreStart() => Context.Watch(exchange.Connection);

    // The restart is the parent's, which takes its children along, and has nothing to do with us: what is in the mailbox is
    // still there. One who throws here is stopped.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop() => seat?.Leave();

    protected override bool AroundReceive(Receive receive, object message)
    {
        // To end touches no disk, and need not wait for one.
        if (seat is null || message is CancelBody or Terminated)
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

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PullBody pull:
                OnPull(pull);
                break;
            case CancelBody or Terminated:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Tells the sender the next part, or the end.</summary>
    protected abstract void OnPull(PullBody pull);
}
