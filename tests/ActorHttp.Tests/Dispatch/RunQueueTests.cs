using System.Collections.Concurrent;
using ActorHttp.Dispatch;
using ActorHttp.Tests.Kit;

namespace ActorHttp.Tests.Dispatch;

/// <summary>The promises of docs/dispatcher.md: in turn, each once, and nothing lost, whatever its thread does.</summary>
public sealed class RunQueueTests
{
    [Fact]
    public void What_a_run_makes_ready_is_run_on_its_thread_in_the_order_in_which_it_became_ready() => OnRunQueue(runQueue =>
    {
        var order = new List<(string Name, int Thread)>();
        Join(new Run(() =>
        {
            order.Add(("first", Environment.CurrentManagedThreadId));
            Join(new Run(() => order.Add(("third", Environment.CurrentManagedThreadId))));
        }));
        Join(new Run(() => order.Add(("second", Environment.CurrentManagedThreadId))));
        Assert.False(runQueue.RunReady(100));
        var here = Environment.CurrentManagedThreadId;
        Assert.Equal([("first", here), ("second", here), ("third", here)], order);
    });

    [Fact]
    public void Two_who_go_on_for_ever_do_not_starve_a_third_nor_what_the_thread_does_besides() => OnRunQueue(runQueue =>
    {
        var ran = new int[3];
        var ping = default(Run);
        var pong = default(Run);
        ping = new Run(() => Count(0, pong!));
        pong = new Run(() => Count(1, ping));
        Join(ping);
        Join(new Run(() => ran[2]++));
        Assert.True(runQueue.RunReady(3));
        Assert.Equal([1, 1, 1], ran);
        Assert.True(runQueue.RunReady(100));
        Assert.Equal([51, 51, 1], ran);

        void Count(int index, Run next)
        {
            ran[index]++;
            Join(next);
        }
    });

    [Fact]
    public void A_thread_that_runs_no_actors_takes_none()
    {
        Assert.False(RunQueue.TryAddHere(new Run(() => Assert.Fail("it was run"))));
        OnRunQueue(runQueue => runQueue.Close());
        Assert.False(RunQueue.TryAddHere(new Run(() => Assert.Fail("it was run"))));
    }

    [Fact]
    public void What_one_run_marks_its_thread_with_is_not_the_next_ones() => OnRunQueue(runQueue =>
    {
        var mark = new AsyncLocal<string?>();
        var seen = "";
        Join(new Run(() => mark.Value = "mine"));
        Join(new Run(() => seen = mark.Value));
        runQueue.RunReady(2);
        Assert.Null(seen);
        Assert.Null(mark.Value);
    });

    [Fact]
    public void What_waits_behind_a_run_that_does_not_return_is_run_by_the_pool()
    {
        using var isHeld = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        using var others = new CountdownEvent(3);
        var runQueue = new RunQueue();
        var thread = Start(runQueue, () =>
        {
            Join(new Run(() =>
            {
                isHeld.Set();
                mayGo.Wait();

                // It has been given up by now: what it sends goes to the pool as well.
                Assert.False(RunQueue.TryAddHere(new Run(() => { })));
            }));
            Join(new Run(() => others.Signal()));
            Join(new Run(() => others.Signal()));
            Join(new Run(() => others.Signal()));
            runQueue.RunReady(100);
        });
        isHeld.Wait();
        Assert.Equal(1, runQueue.Step % 2);
        Assert.NotNull(runQueue.Running);
        runQueue.Retire();
        Assert.True(others.Wait(TimeSpan.FromSeconds(20)), "the others were not run");
        Assert.True(runQueue.IsRetired);
        mayGo.Set();
        Finish(thread);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void However_it_is_given_up_each_is_run_once_and_none_is_lost(int seed)
    {
        const int each = 200;
        const int queues = 200;
        var random = new Random(seed);
        var runs = new ConcurrentDictionary<int, int>();
        using var all = new CountdownEvent(queues * each);
        for (var t = 0; t < queues; t++)
        {
            var runQueue = new RunQueue();
            var retireAt = random.Next(each);
            var number = t;
            using var isNear = new ManualResetEventSlim();
            var thread = Start(runQueue, () =>
            {
                Send(number * each);
                while (runQueue.RunReady(7) && !runQueue.IsRetired)
                {
                }

                runQueue.Close();
            });

            // While it runs, at another place each time.
            isNear.Wait();
            runQueue.Retire();
            Finish(thread);

            // Each sends the next, so that all that comes behind a lost one is lost.
            void Send(int id)
            {
                var run = new Run(() =>
                {
                    runs.AddOrUpdate(id, 1, (_, count) => count + 1);
                    if (id % each == retireAt)
                        isNear.Set();
                    if (id % each < each - 1)
                        Send(id + 1);
                    all.Signal();
                });
                if (!RunQueue.TryAddHere(run))
                    ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
            }
        }

        Assert.True(all.Wait(TimeSpan.FromSeconds(20)), $"{all.CurrentCount} were lost");
        Assert.Equal(queues * each, runs.Count);
        Assert.All(runs.Values, count => Assert.Equal(1, count));
    }

    private static void Join(Run run) => Assert.True(RunQueue.TryAddHere(run));

    // On a thread of its own: the mark that it leaves on it is no other test's.
    private static void OnRunQueue(Action<RunQueue> test)
    {
        var runQueue = new RunQueue();
        Finish(Start(runQueue, () => test(runQueue)));
    }

    private static Task Start(RunQueue runQueue, Action body) => Task.Factory.StartNew(
        () =>
        {
            runQueue.Attach();
            body();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static void Finish(Task thread)
    {
        if (!thread.Wait(TimeSpan.FromSeconds(20)))
            Assert.Fail("its thread does not end");
    }
}
