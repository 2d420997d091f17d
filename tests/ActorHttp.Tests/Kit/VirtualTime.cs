using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;

namespace ActorHttp.Tests.Kit;

/// <summary>A scheduler whose time moves only by <see cref="TestScheduler.Advance"/>, its monotonic clock included.</summary>
public sealed class VirtualTime : TestScheduler, IScheduler
{
    private readonly DateTimeOffset _start;
    private volatile int _readsUntilFailure = -1;

    public VirtualTime(Config config, ILoggingAdapter log)
        : base(config, log) => _start = Now;

    // TestScheduler's own is the clock of the machine.
    TimeSpan ITimeProvider.MonotonicClock => Elapsed();

    TimeSpan ITimeProvider.HighResMonotonicClock => Elapsed();

    /// <summary>Makes one reading of the monotonic clock throw, behind as many that work.</summary>
    public void FailAfter(int reads) => _readsUntilFailure = reads;

    private TimeSpan Elapsed()
    {
        if (_readsUntilFailure >= 0 && _readsUntilFailure-- == 0)
            throw new PoisonException();
        return Now - _start;
    }
}
