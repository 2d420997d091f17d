using ActorHttp.Dispatch;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Tests.Dispatch;

/// <summary>One look at a time, at threads that stand where the test wants them.</summary>
public sealed class StallWatchTests
{
    private static readonly TimeSpan Threshold = TimeSpan.FromMilliseconds(100);

    private readonly Clock _clock = new();
    private readonly Place _place = new();
    private readonly StallWatch _watch;

    public StallWatchTests() => _watch = new StallWatch([_place], Threshold, NoLogger.Instance, _clock);

    [Fact]
    public void Whoever_is_in_the_same_run_at_two_looks_is_relieved_once()
    {
        using var held = new Held(_place.Trampoline);
        Look();
        Assert.Equal(0, _place.Relieved);
        Look();
        Assert.Equal(1, _place.Relieved);
        Look();
        Look();
        Assert.Equal(1, _place.Relieved);
    }

    [Fact]
    public void Whoever_goes_on_is_left_alone()
    {
        for (var i = 0; i < 5; i++)
        {
            using var held = new Held(_place.Trampoline);
            Look();
        }

        Assert.Equal(0, _place.Relieved);
    }

    [Fact]
    public void Whoever_has_nothing_to_do_is_left_alone()
    {
        for (var i = 0; i < 5; i++)
            Look();
        Assert.Equal(0, _place.Relieved);
    }

    [Fact]
    public void A_watch_that_was_held_up_itself_takes_nobody_for_stalled()
    {
        using var held = new Held(_place.Trampoline);
        Look();
        _clock.Advance(TimeSpan.FromHours(1));
        Look();
        Assert.Equal(0, _place.Relieved);
        Look();
        Assert.Equal(1, _place.Relieved);
    }

    private void Look()
    {
        _clock.Advance(Threshold);
        _watch.Look();
    }

    private sealed class Place : IRelievable
    {
        public int Relieved { get; private set; }

        public Trampoline Trampoline { get; private set; } = new();

        public void Relieve()
        {
            Relieved++;
            Trampoline.Retire();
            Trampoline = new Trampoline();
        }
    }

    /// <summary>A thread in the middle of a run, until it is disposed.</summary>
    private sealed class Held : IRunnable, IDisposable
    {
        private readonly ManualResetEventSlim _isIn = new();
        private readonly ManualResetEventSlim _mayGo = new();
        private readonly Task _thread;

        public Held(Trampoline trampoline)
        {
            _thread = Task.Factory.StartNew(
                () =>
                {
                    trampoline.Enter();
                    Trampoline.TryJoin(this);
                    trampoline.Run(1);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            _isIn.Wait();
        }

        public void Run()
        {
            _isIn.Set();
            _mayGo.Wait();
        }

        public void Execute() => Run();

        public void Dispose()
        {
            _mayGo.Set();
            Assert.True(_thread.Wait(TimeSpan.FromSeconds(20)));
            _isIn.Dispose();
            _mayGo.Dispose();
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
