using System.Reflection;
using Akka.Actor;

namespace ActorHttp.Logging;

/// <summary>
/// Akka's one-for-one supervision with a bounded log. Equal failures are logged once in each window, and then with their number
/// (<see cref="RequestLog"/>). Akka would log each failure with its stack trace, and a client can cause thousands of failures
/// in a second.
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
    /// Returns the exception that a constructor threw, or else the failure itself. Akka and reflection wrap a constructor's
    /// exception in exceptions that say only that the creation failed.
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
