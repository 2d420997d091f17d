using ActorHttp.Dispatch;
using ActorHttp.Interleavings.Model;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Interleavings;

/// <summary>
/// The promises of docs/dispatcher.md in every order of steps: each piece of work is run once, none is left to sleep on, and
/// every thread that should end does.
/// </summary>
public sealed class DispatchTests
{
    private static readonly TimeSpan Threshold = TimeSpan.FromHours(1);

    [Fact]
    public void What_joins_a_runQueue_while_it_is_given_up_is_run_once() => Exploration.Of(3, run =>
    {
        var runQueue = run.Share(new RunQueue());
        var (first, second) = (run.Job("first"), run.Job("second"));
        run.Start("monitor", runQueue.Retire);
        run.Start("one", () => Bring(runQueue, first));
        run.Start("other", () => Bring(runQueue, second));
    });

    [Fact]
    public void What_a_runQueue_runs_while_it_is_given_up_is_run_once() => Exploration.Of(2, run =>
    {
        var runQueue = run.Share(new RunQueue());
        var third = run.Job("third");
        var (first, second) = (run.Job("first", () => JoinOrPool(third)), run.Job("second"));
        run.Start("its thread", () =>
        {
            runQueue.Attach();
            JoinOrPool(first);
            JoinOrPool(second);
            while (runQueue.RunReady(1) && !runQueue.IsRetired)
            {
            }

            runQueue.Close();
        });
        run.Start("monitor", runQueue.Retire);
    });

    // A step is odd while something runs, for a monitor that checks at any moment.
    [Fact]
    public void A_monitor_sees_an_odd_step_only_with_what_runs() => Exploration.Of(2, run =>
    {
        var runQueue = run.Share(new RunQueue());
        var job = run.Job("job");
        run.Start("its thread", () =>
        {
            runQueue.Attach();
            runQueue.Run(job);
        });
        run.Start("monitor", () =>
        {
            if (runQueue.Step % 2 == 1)
                Assert.Same(job, runQueue.Running);
        });
    });

    [Fact]
    public void A_reactor_runs_what_others_bring_whether_it_sleeps_or_not() => Exploration.Of(3, run =>
    {
        var reactor = run.Share(new Reactor(TimeSpan.Zero));
        var (first, second) = (run.Job("first"), run.Job("second"));
        run.Start("one", () => Bring(reactor, first));
        run.Start("other", () => Bring(reactor, second));
    });

    [Fact]
    public void A_reactor_that_is_relieved_leaves_nothing_behind() => Exploration.Of(2, run =>
    {
        var reactor = run.Share(new Reactor(TimeSpan.Zero));
        var mayGo = new ManualResetEventSlim();
        var isHeld = new ManualResetEventSlim();
        var behind = run.Job("behind");
        var holds = run.Job("holds", () =>
        {
            JoinOrPool(behind);
            isHeld.Set();
            mayGo.Wait();
        });
        var after = run.Job("after");
        run.Start("one", () => Bring(reactor, holds));
        run.Start("monitor", () =>
        {
            isHeld.Wait();
            reactor.Relieve();
        });
        run.Start("other", () =>
        {
            isHeld.Wait();
            Bring(reactor, after);
        });

        // What it held up has been run before it may go on.
        run.AtEnd(() => Assert.Equal((1, 1), (behind.Runs, after.Runs)));
    });

    [Fact]
    public void A_reactor_that_is_relieved_while_it_sleeps_or_runs_loses_nothing() => Exploration.Of(2, run =>
    {
        var reactor = run.Share(new Reactor(TimeSpan.Zero));
        var (first, second) = (run.Job("first"), run.Job("second"));
        run.Start("one", () => Bring(reactor, first));
        run.Start("monitor", reactor.Relieve);
        run.Start("other", () => Bring(reactor, second));
    });

    [Fact]
    public void A_reactor_that_ends_runs_or_hands_over_all_and_closes_its_descriptors_once() => Exploration.Of(2, run =>
    {
        var reactor = run.Share(new Reactor(TimeSpan.Zero));
        var first = run.Job("first");
        run.Start("one", () => Bring(reactor, first));
        run.Start("end", reactor.Dispose);
        run.Start("monitor", reactor.Relieve);
        run.AssertAllThreadsEnded();
        var kernel = Epoll.Of();
        run.AtEnd(() => Assert.Equal(2, kernel.Closed.Count));
    });

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public void Workers_run_all_that_comes_once(int threads, int budget) => Exploration.Of(budget, run =>
    {
        var executor = Workers(run, threads);
        var (first, second) = (run.Job("first"), run.Job("second"));
        run.Start("one", () => executor.Execute(first));
        run.Start("other", () => executor.Execute(second));
    });

    // Each waits until the other has begun: so no piece of work may wait behind one that blocks while a thread sleeps.
    [Fact]
    public void No_work_waits_for_a_worker_that_blocks_while_another_sleeps() => Exploration.Of(2, run =>
    {
        var executor = Workers(run, 2);
        var hasBegun = new[] { new ManualResetEventSlim(), new ManualResetEventSlim() };
        var jobs = Enumerable.Range(0, 2).Select(i => run.Job($"job {i}", () =>
        {
            hasBegun[i].Set();
            hasBegun[1 - i].Wait();
        })).ToArray();
        run.Start("one", () =>
        {
            executor.Execute(jobs[0]);
            executor.Execute(jobs[1]);
        });
        run.AtEnd(() => Assert.Equal(2, run.Waiting("workers")));
    });

    // The same with three, because the third may come while one searches.
    [Fact]
    public void Whoever_is_woken_wakes_the_next() => Exploration.Of(2, run =>
    {
        var executor = Workers(run, 3);
        var begun = 0;
        var all = new ManualResetEventSlim();
        var jobs = Enumerable.Range(0, 3).Select(i => run.Job($"job {i}", () =>
        {
            if (Interlocked.Increment(ref begun) == 3)
                all.Set();
            all.Wait();
        })).ToArray();
        run.Start("one", () => Array.ForEach(jobs, executor.Execute));
        run.AtEnd(() => Assert.True(all.IsSet, "they wait for one that nobody runs"));
    });

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public void Workers_that_end_leave_nothing_behind(int threads, int budget) => Exploration.Of(budget, run =>
    {
        var executor = Workers(run, threads);
        var (first, second) = (run.Job("first"), run.Job("second"));
        run.Start("one", () =>
        {
            executor.Execute(first);
            executor.Execute(second);
        });
        run.Start("end", executor.Shutdown);
        run.AssertAllThreadsEnded();
    });

    // A body on a worker: the source tells the connection, and the connection the source; and a monitor checks at each moment.
    [Fact]
    public void A_body_that_goes_back_and_forth_on_a_worker_loses_nothing_when_it_is_relieved() => Exploration.Of(2, run =>
    {
        var checks = new List<Action>();
        var executor = Workers(run, 1, checks);
        var sockets = new RunQueueExecutor("sockets", new RunQueuePools());
        var (again, other) = (run.Job("source again"), run.Job("another source"));
        var connection = run.Job("connection", () =>
        {
            executor.Execute(again);
            executor.Execute(other);
        });
        var source = run.Job("source", () => sockets.Execute(connection));
        run.Start("one", () => executor.Execute(source));
        run.Start("monitor", () =>
        {
            for (var i = 0; i < 2; i++)
                checks.ForEach(check => check());
        });
    });

    // As above, but the connection does not come back: what it has told goes on without it.
    [Fact]
    public void What_a_stalled_connection_has_set_going_on_a_worker_goes_on_elsewhere() => Exploration.Of(2, run =>
    {
        var checks = new List<Action>();
        var executor = Workers(run, 2, checks);
        var sockets = new RunQueueExecutor("sockets", new RunQueuePools());
        var isHeld = new ManualResetEventSlim();
        var never = new ManualResetEventSlim();
        var (again, other) = (run.Job("source again"), run.Job("another connection"));
        var connection = run.Job("connection", () =>
        {
            executor.Execute(again);
            isHeld.Set();
            never.Wait();
        });
        var source = run.Job("source", () =>
        {
            sockets.Execute(connection);
            sockets.Execute(other);
        });
        run.Start("one", () => executor.Execute(source));
        run.Start("monitor", () =>
        {
            isHeld.Wait();
            for (var i = 0; i < 2; i++)
                checks.ForEach(check => check());
        });
    });

    [Fact]
    public void Pools_that_come_and_go_at_once_are_all_known() => Exploration.Of(2, run =>
    {
        var pools = run.Share(new RunQueuePools());
        var (old, first, second) = (new Pool(), new Pool(), new Pool());
        pools.Add(old);
        run.Start("one", () => pools.Add(first));
        run.Start("other", () => pools.Add(second));
        run.Start("third", () => pools.Remove(old));
        run.AtEnd(() =>
        {
            Assert.False(pools.TryRun(new Job("none", null)));
            Assert.Equal((0, 1, 1), (old.Asked, first.Asked, second.Asked));
        });
    });

    private static void Bring(RunQueue runQueue, Job job)
    {
        if (!runQueue.TryAdd(job))
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
    }

    private static void Bring(Reactor reactor, Job job)
    {
        if (!reactor.TryRun(job))
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
    }

    private static void JoinOrPool(Job job)
    {
        if (!RunQueue.TryAddHere(job))
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
    }

    private static WorkerExecutor Workers(Run run, int threads, List<Action>? checks = null) =>
        run.Share(new WorkerExecutor("workers", threads, Threshold, new Checks(checks ?? [])));

    private sealed class Pool : IRunQueuePool
    {
        public int Asked { get; private set; }

        public bool TryRun(IRunnable next)
        {
            Asked++;
            return false;
        }
    }

    /// <summary>Keeps what it should do again and again, so that a program does it when it wants.</summary>
    private sealed class Checks(List<Action> checks) : IScheduler, IAdvancedScheduler
    {
        public IAdvancedScheduler Advanced => this;

        public DateTimeOffset Now => DateTimeOffset.UnixEpoch;

        public TimeSpan MonotonicClock => TimeSpan.Zero;

        public TimeSpan HighResMonotonicClock => TimeSpan.Zero;

        public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
            checks.Add(action);

        public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) => checks.Add(action);

        public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
            checks.Add(action.Run);

        public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action) => checks.Add(action.Run);

        public void ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => throw new NotSupportedException();

        public void ScheduleOnce(TimeSpan delay, Action action) => throw new NotSupportedException();

        public void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => throw new NotSupportedException();

        public void ScheduleOnce(TimeSpan delay, IRunnable action) => throw new NotSupportedException();

        public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) =>
            throw new NotSupportedException();

        public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
            throw new NotSupportedException();

        public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
            throw new NotSupportedException();

        public void ScheduleTellRepeatedly(
            TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
            throw new NotSupportedException();
    }
}
