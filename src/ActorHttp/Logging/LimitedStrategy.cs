using System.Reflection;
using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Akka's one-for-one supervision, but equal failures are logged once in a while with their number (<see cref="RequestLog"/>).
/// Akka logs each with its stack trace, and a client can cause thousands of them in a second.
/// </summary>
internal class LimitedStrategy : OneForOneStrategy
{
    public LimitedStrategy(Func<Exception, Directive> decider)
        : base(decider)
    {
    }

    public LimitedStrategy(int restarts, TimeSpan within, Func<Exception, Directive> decider)
        : base(restarts, within, decider)
    {
    }

    protected override void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (directive == Directive.Escalate)
            return;
        RequestLog.Of(context.System).Error(child, GetType(), cause, CauseOf(cause).Message);
    }

    /// <summary>What a constructor has thrown: Akka and reflection wrap it, each in an exception that says only that it failed.</summary>
    protected static Exception CauseOf(Exception failure)
    {
        while (failure is ActorInitializationException or TypeLoadException or TargetInvocationException && failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }
}
