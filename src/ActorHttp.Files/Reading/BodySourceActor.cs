using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The base of an actor that is the source of one answer's body. The connection pulls part after part. The actor stops at the end of the
/// body, when the body is cancelled, or when the connection has gone.
/// </summary>
/// <param name="exchange">The exchange whose body it is.</param>
/// <param name="seat">The seat of a source that waits for a disk; null for a source that never does.</param>
internal abstract class BodySourceActor(Exchange exchange, DiskSeat? seat = null) : DiskActor(seat)
{
    protected Exchange Exchange => exchange;

    protected override void PreStart() => Context.Watch(exchange.Connection);

    // Stopping touches no disk, so it does not wait for one.
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

    /// <summary>Sends the next part, or the end, to the sender of the pull.</summary>
    protected abstract void OnPull(PullBody pull);
}
