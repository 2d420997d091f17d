using System.Reflection;
using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Akka's one-for-one supervision with a limited log. The first of several equal failures in a time window is logged. At the
/// end of the window, the number of the others is logged (<see cref="RequestLog"/>). Akka's own strategy would log each failure
/// with its stack trace, and a client can cause thousands of failures in a second.
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

    /// <summary>
    /// Returns the exception that a constructor has thrown. Returns the failure itself when no constructor has failed. Akka and
    /// reflection wrap a constructor's exception in other exceptions, whose messages report only that the creation failed.
    /// </summary>
    protected static Exception CauseOf(Exception failure)
    {
        while (failure is ActorInitializationException or TypeLoadException or TargetInvocationException
            && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure;
    }
}
