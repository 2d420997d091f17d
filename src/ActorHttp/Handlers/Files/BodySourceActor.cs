using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// The source of one answer's body: it is asked for part after part, and ends with the body, when it is cancelled, or when the
/// connection is gone. How far it has come is in objects that its Props carry.
/// </summary>
internal abstract class BodySourceActor(Exchange exchange) : UntypedActor
{
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
