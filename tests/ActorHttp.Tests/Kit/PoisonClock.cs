using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Tests.Kit;

/// <summary>Real time, with a clock that can be made to throw into an actor by the message that it has in hand.</summary>
public sealed class PoisonClock(Config config, ILoggingAdapter log)
    : SchedulerBase(config, log), IDateTimeOffsetNowTimeProvider, IDisposable
{
    private readonly IScheduler _real = new HashedWheelTimerScheduler(config, log);
    private readonly ConcurrentDictionary<Timer, byte> _timers = [];
    private volatile Type? _poisoned;

    /// <summary>The settings of a system that has it.</summary>
    public static string Settings => $"akka.scheduler.implementation = \"{typeof(PoisonClock).AssemblyQualifiedName}\"\n";

    public override TimeSpan MonotonicClock
    {
        get
        {
            if (_poisoned is { } type && type.IsInstanceOfType(InternalCurrentActorCellKeeper.Current?.CurrentMessage))
            {
                _poisoned = null;
                throw new PoisonException();
            }

            return _real.MonotonicClock;
        }
    }

    public override TimeSpan HighResMonotonicClock => _real.HighResMonotonicClock;

    protected override DateTimeOffset TimeNow => _real.Now;

    /// <summary>Makes the next reading throw that is done over a message of this type.</summary>
    public void ThrowOver<T>() => _poisoned = typeof(T);

    /// <summary>Timers that still run for actors that have stopped.</summary>
    public IEnumerable<string> TimersOfTheDead()
    {
        foreach (var timer in _timers.Keys)
        {
            if (timer.IsOver(_real.MonotonicClock))
                _timers.TryRemove(timer, out _);
            else if (timer.Receiver is ActorRefWithCell { IsTerminated: true } dead)
                yield return $"a timer of {dead.Path.ToStringWithoutAddress()}";
        }
    }

    public void Dispose() => ((IDisposable)_real).Dispose();

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable)
    {
        if (cancelable is not null)
            _timers[new Timer(receiver, cancelable, _real.MonotonicClock + delay)] = 0;
        _real.ScheduleTellOnce(delay, receiver, message, sender, cancelable);
    }

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        _real.ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        _real.Advanced.ScheduleOnce(delay, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        _real.Advanced.ScheduleOnce(delay, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        _real.Advanced.ScheduleRepeatedly(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        _real.Advanced.ScheduleRepeatedly(initialDelay, interval, action, cancelable);

    private sealed class Timer(ICanTell receiver, ICancelable cancelable, TimeSpan due)
    {
        public ICanTell Receiver => receiver;

        public bool IsOver(TimeSpan now) => cancelable.IsCancellationRequested || now >= due;
    }
}
