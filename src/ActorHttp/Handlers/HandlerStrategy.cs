using ActorHttp.Logging;
using ActorHttp.Messages;
using Akka.Actor;
using Akka.Actor.Internal;

namespace ActorHttp.Handlers;

/// <summary>
/// Supervises handlers without a limit on the number of restarts. An <see cref="HttpHandlerActor"/> handles a failure in its
/// receive method itself. After any other failure this strategy orders the <see cref="HttpHandlerActor"/> to rebuild itself, and
/// the rebuild keeps the children. Other failures are: an exception after an await in ReceiveAsync, a Kill message, and an
/// escalated failure of a child. An actor of another class gets Akka's restart, which stops its children. For such an actor the
/// strategy answers the current request with 500.
/// </summary>
internal class HandlerStrategy() : LimitedStrategy(_ => Directive.Restart)
{
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        if (!restart || (child as ActorRefWithCell)?.Underlying is not ActorCell cell)
        {
            base.ProcessFailure(context, restart, child, cause, stats, children);
            return;
        }

        // The child is suspended, so its current message cannot change while this thread reads the message.
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
