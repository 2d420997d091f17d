using System.Collections.Concurrent;
using ActorHttp.Sockets;
using Akka.Dispatch;

namespace ActorHttp.Tests.Sockets.Transports;

/// <summary>What other threads give a reactor to run: all of it, once, whether it sleeps, works or is given up.</summary>
public sealed class ReactorTests
{
    private const int Threads = 4;
    private const int Each = 5_000;

    private readonly ConcurrentDictionary<int, int> _runs = new();
    private readonly CountdownEvent _all = new(Threads * Each);

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.05, false)]
    [InlineData(0, true)]
    [InlineData(0.05, true)]
    public void What_others_bring_is_run_once_and_none_is_left_to_sleep_on(double spin, bool isRelieved)
    {
        if (ReactorPool.DefaultCount == 0)
            return;
        using var reactor = new Reactor(TimeSpan.FromMilliseconds(spin));
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() => Bring(reactor, number))).ToList();
        threads.ForEach(thread => thread.Start());
        if (isRelieved)
        {
            for (var i = 0; i < 20; i++)
                reactor.Relieve();
        }

        Assert.True(_all.Wait(TimeSpan.FromSeconds(30)), $"{_all.CurrentCount} were not run");
        threads.ForEach(thread => thread.Join());
        Assert.Equal(Threads * Each, _runs.Count);
        Assert.All(_runs.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public void One_that_has_ended_leaves_nothing_behind()
    {
        if (ReactorPool.DefaultCount == 0)
            return;
        var reactor = new Reactor(TimeSpan.Zero);
        reactor.Dispose();
        for (var number = 0; number < Threads; number++)
            Bring(reactor, number);
        Assert.True(_all.Wait(TimeSpan.FromSeconds(30)), $"{_all.CurrentCount} were not run");
    }

    // In bursts, so that it falls asleep between them.
    private void Bring(Reactor reactor, int number)
    {
        for (var i = 0; i < Each; i++)
        {
            var run = new Run(this, (number * Each) + i);
            if (!reactor.TryRun(run))
                ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
            if (i % 50 == 0)
                Thread.Yield();
        }
    }

    private sealed class Run(ReactorTests test, int id) : IRunnable
    {
        public void Execute()
        {
            test._runs.AddOrUpdate(id, 1, (_, count) => count + 1);
            test._all.Signal();
        }

        void IRunnable.Run() => Execute();
    }
}
