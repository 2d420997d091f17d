using ActorHttp.Dispatch;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Tests.Dispatch;

/// <summary>One check at a time, of threads that the test stops where it wants.</summary>
public sealed class StallMonitorTests
{
    private static readonly TimeSpan Threshold = TimeSpan.FromMilliseconds(100);

    private readonly Clock _clock = new();
    private readonly Place _place = new();
    private readonly StallMonitor _monitor;

    public StallMonitorTests() => _monitor = new StallMonitor([_place], Threshold, NoLogger.Instance, _clock);

    [Fact]
    public void A_thread_in_the_same_run_at_two_checks_is_relieved_once()
    {
        using var held = new Held(_place.RunQueue);
        Check();
        Assert.Equal(0, _place.Relieved);
        Check();
        Assert.Equal(1, _place.Relieved);
        Check();
        Check();
        Assert.Equal(1, _place.Relieved);
    }

    [Fact]
    public void A_thread_that_goes_on_is_not_relieved()
    {
        for (var i = 0; i < 5; i++)
        {
            using var held = new Held(_place.RunQueue);
            Check();
        }

        Assert.Equal(0, _place.Relieved);
    }

    [Fact]
    public void An_idle_thread_is_not_relieved()
    {
        for (var i = 0; i < 5; i++)
            Check();
        Assert.Equal(0, _place.Relieved);
    }

    [Fact]
    public void A_monitor_that_was_held_up_itself_relieves_no_thread()
    {
        using var held = new Held(_place.RunQueue);
        Check();
        _clock.Advance(TimeSpan.FromHours(1));
        Check();
        Assert.Equal(0, _place.Relieved);
        Check();
        Assert.Equal(1, _place.Relieved);
    }

    private void Check()
    {
        _clock.Advance(Threshold);
        _monitor.Check();
    }

    private sealed class Place : IRelievable
    {
        public int Relieved { get; private set; }

        public RunQueue RunQueue { get; private set; } = new();

        public void Relieve()
        {
            Relieved++;
            RunQueue.Retire();
            RunQueue = new RunQueue();
        }
    }

    /// <summary>A thread in the middle of a run, until it is disposed.</summary>
    private sealed class Held : IRunnable, IDisposable
    {
        private readonly ManualResetEventSlim _isIn = new();
        private readonly ManualResetEventSlim _mayGo = new();
        private readonly Task _thread;

        public Held(RunQueue runQueue)
        {
            _thread = Task.Factory.StartNew(
                () =>
                {
                    runQueue.Attach();
                    RunQueue.TryAddHere(this);
                    runQueue.RunReady(1);
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
