using System.Collections.Concurrent;
using ActorHttp.Dispatch;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.TestKit;

namespace ActorHttp.Tests.Dispatch;

/// <summary>The threads of those that may block: who goes on where, and that nobody waits for one that blocks.</summary>
public sealed class WorkerExecutorTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Threshold = TimeSpan.FromHours(1);

    private readonly TestScheduler _scheduler = new(ConfigurationFactory.Empty, NoLogger.Instance);
    private readonly RunQueueExecutor _sockets = new("sockets", new RunQueuePools());
    private readonly ConcurrentDictionary<string, int> _ran = new();
    private WorkerExecutor _workers;

    public WorkerExecutorTests() => _workers = Workers(1);

    public void Dispose() => _workers.Shutdown();

    [Fact]
    public void A_connection_goes_on_where_it_was_told_something_and_so_does_whom_it_tells()
    {
        var isDone = new ManualResetEventSlim();
        _workers = Workers(4);
        _workers.Execute(Run("source", () => _sockets.Execute(Run("connection", () => _workers.Execute(Run("source again", isDone.Set))))));
        Await(isDone);
        Assert.Equal(_ran["source"], _ran["connection"]);
        Assert.Equal(_ran["source"], _ran["source again"]);
    }

    [Fact]
    public void One_who_is_told_something_by_another_that_may_block_does_not_wait_for_it()
    {
        var isDone = new ManualResetEventSlim();
        _workers = Workers(2);
        _workers.Execute(Run("one", () =>
        {
            _workers.Execute(Run("other", isDone.Set));
            Await(isDone);
        }));
        Await(isDone);
        Assert.NotEqual(_ran["one"], _ran["other"]);
    }

    [Fact]
    public void A_second_whom_the_sockets_tell_something_does_not_wait_for_the_first()
    {
        var isDone = new ManualResetEventSlim();
        var hasWaited = new ManualResetEventSlim();
        _workers = Workers(2);
        _workers.Execute(Run("source", () => _sockets.Execute(Run("connection", () =>
        {
            _workers.Execute(Run("first", () =>
            {
                Await(isDone);
                hasWaited.Set();
            }));
            _workers.Execute(Run("second", isDone.Set));
        }))));

        // The second may be over before the first has begun.
        Await(hasWaited);
        Assert.Equal(_ran["source"], _ran["first"]);
        Assert.NotEqual(_ran["source"], _ran["second"]);
    }

    [Fact]
    public void A_connection_is_not_held_up_by_one_that_has_told_it_something_and_then_blocks()
    {
        var isHeld = new ManualResetEventSlim();
        var mayGo = new ManualResetEventSlim();
        var isServed = new ManualResetEventSlim();
        var isBack = new ManualResetEventSlim();
        _workers.Execute(Run("blocks", () =>
        {
            _sockets.Execute(Run("connection", isServed.Set));
            isHeld.Set();
            Await(mayGo);
        }));
        Await(isHeld);
        _scheduler.Advance(Threshold);
        Assert.False(isServed.IsSet);
        _scheduler.Advance(Threshold);
        Await(isServed);
        Assert.NotEqual(_ran["blocks"], _ran["connection"]);

        // And its thread is as good as before.
        mayGo.Set();
        _workers.Execute(Run("next", () => _sockets.Execute(Run("another connection", isBack.Set))));
        Await(isBack);
        Assert.Equal(_ran["blocks"], _ran["another connection"]);
    }

    [Fact]
    public void One_that_waits_for_its_turn_behind_a_connection_that_blocks_is_run_by_another_thread()
    {
        var isHeld = new ManualResetEventSlim();
        var mayGo = new ManualResetEventSlim();
        var isDone = new ManualResetEventSlim();
        _workers = Workers(2);
        _workers.Execute(Run("source", () => _sockets.Execute(Run("connection", () =>
        {
            _workers.Execute(Run("source again", isDone.Set));
            isHeld.Set();
            Await(mayGo);
        }))));
        Await(isHeld);
        _scheduler.Advance(Threshold);
        _scheduler.Advance(Threshold);
        Await(isDone);
        Assert.NotEqual(_ran["connection"], _ran["source again"]);
        mayGo.Set();
    }

    [Fact]
    public void Two_who_go_back_and_forth_for_ever_do_not_starve_a_third()
    {
        var hasBegun = new ManualResetEventSlim();
        var isDone = new ManualResetEventSlim();
        Pull();
        Await(hasBegun);
        _workers.Execute(Run("third", isDone.Set));
        Await(isDone);

        void Pull() => _workers.Execute(Run("source", () => _sockets.Execute(Run("connection", () =>
        {
            hasBegun.Set();
            if (!isDone.IsSet)
                Pull();
        }))));
    }

    // Many times, because it takes that they come while a thread searches: then nobody is woken for them.
    [Fact]
    public void None_waits_for_others_that_block_while_there_are_threads_that_sleep()
    {
        const int threads = 4;
        _workers = Workers(threads);
        for (var round = 0; round < 1000; round++)
        {
            var all = new CountdownEvent(threads);
            for (var i = 0; i < threads; i++)
            {
                _workers.Execute(new Step(() =>
                {
                    all.Signal();
                    all.Wait(Long);
                }));
            }

            Assert.True(all.Wait(Long), $"{all.CurrentCount} wait for the others in round {round}");
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    [InlineData(8, true)]
    public void Each_is_run_once_and_none_is_lost_though_it_ends_in_the_middle(int threads, bool ends)
    {
        const int chains = 50;
        const int each = 400;
        _workers = Workers(threads);
        var runs = new int[chains * each];
        var all = new CountdownEvent(runs.Length);
        var isNear = new ManualResetEventSlim();
        Parallel.For(0, chains, chain => Send(chain * each));
        Await(isNear);
        if (ends)
            _workers.Shutdown();
        Assert.True(all.Wait(Long), $"{all.CurrentCount} were lost");
        Assert.All(runs, count => Assert.Equal(1, count));

        // Each sends the next, so that all that comes behind a lost one is lost.
        void Send(int id)
        {
            var run = new Step(() =>
            {
                Interlocked.Increment(ref runs[id]);
                if (id % each == each / 2)
                    isNear.Set();
                if (id % each < each - 1)
                    Send(id + 1);
                all.Signal();
            });
            if (id % 3 == 1)
                _sockets.Execute(run);
            else
                _workers.Execute(run);
        }
    }

    private static void Await(ManualResetEventSlim what) => Assert.True(what.Wait(Long), "it does not happen");

    private WorkerExecutor Workers(int threads)
    {
        _workers?.Shutdown();
        return new WorkerExecutor("workers", threads, Threshold, _scheduler);
    }

    private Step Run(string name, Action body) => new(() =>
    {
        _ran[name] = Environment.CurrentManagedThreadId;
        body();
    });

    private sealed class Step(Action body) : IRunnable
    {
        public void Execute() => body();

        void IRunnable.Run() => body();
    }
}
