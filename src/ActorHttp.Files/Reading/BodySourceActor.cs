using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The source of one answer's body: it is asked for part after part, and ends with the body, when it is cancelled, or when the
/// connection is gone. How far it has come is in objects that its Props carry.
/// </summary>
/// <param name="exchange">Whose body it is.</param>
/// <param name="seat">For a source that waits for a disk; null for one that never does.</param>
internal abstract class BodySourceActor(Exchange exchange, DiskSeat? seat = null) : DiskActor(seat)
{
    protected Exchange Exchange => exchange;

    protected override void PreStart() => Context.Watch(exchange.Connection);

    // Ending touches no disk, so it need not wait for one.
    protected override bool TouchesDisk(object message) => message is not (CancelBody or Terminated);

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
