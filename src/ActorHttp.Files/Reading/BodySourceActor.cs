using ActorHttp.Files.Disks;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The base class of actors that read the body of one answer. The connection pulls one part of the body after the other. The
/// actor stops at the end of the body, when the body is cancelled, or when the connection has closed.
/// </summary>
/// <param name="exchange">The exchange that the body belongs to.</param>
/// <param name="seat">The seat of an actor that may wait for a disk; null for an actor that never waits for a disk.</param>
internal abstract class BodySourceActor(Exchange exchange, DiskSeat? seat = null) : DiskActor(seat)
{
    protected Exchange Exchange => exchange;

    protected override void PreStart() => Context.Watch(exchange.Connection);

    // The messages that stop the actor need no seat, because stopping does not touch the disk.
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

    /// <summary>Sends the next part of the body, or the end of the body, to the sender of <paramref name="pull"/>.</summary>
    protected abstract void OnPull(PullBody pull);
}
