using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Actor.Internal;

namespace ActorHttp.Handlers;

/// <summary>
/// Supervises handlers, without a limit. What fails in the receive method of an <see cref="HttpHandlerActor"/> does not come
/// here. What does (behind an await of ReceiveAsync, Kill, a failed child) makes it rebuild itself, so that its children stay.
/// Any other actor is restarted as Akka does it, which stops its children, and the request in hand is answered with 500.
/// </summary>
internal class HandlerStrategy() : LimitedStrategy(_ => Directive.Restart)
{
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        if (!restart || (child as ActorRefWithCell)?.Underlying is not ActorCell cell)
        {
            base.ProcessFailure(context, restart, child, cause, stats, children);
            return;
        }

        // The child is suspended, so the message in its hand does not change.
        var message = cell.CurrentMessage;
        if (typeof(HttpHandlerActor).IsAssignableFrom(cell.Props.Type))
        {
            child.Tell(new RebuildHandler(cause, message), context.Self);
            ResumeChild(child, cause);
            return;
        }

        if (message is IExchangeMessage about)
            about.Exchange.Connection.Tell(HttpResponse.Error(about.Exchange, 500, "The handler of this request failed."), child);
        base.ProcessFailure(context, restart, child, cause, stats, children);
    }
}
