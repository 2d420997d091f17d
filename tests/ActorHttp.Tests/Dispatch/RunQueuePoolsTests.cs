using ActorHttp.Dispatch;
using ActorHttp.Tests.Kit;
using Akka.Dispatch;

namespace ActorHttp.Tests.Dispatch;

/// <summary>Several servers in one actor system: whose threads run what becomes ready elsewhere.</summary>
public sealed class RunQueuePoolsTests
{
    private readonly RunQueuePools _pools = new();

    [Fact]
    public void Those_of_the_last_server_do_and_once_it_is_gone_those_of_the_one_before()
    {
        var (first, second, third) = (new Pool(true), new Pool(true), new Pool(true));
        Assert.False(TryRun());
        foreach (var pool in new[] { first, second, third })
        {
            _pools.Add(pool);
            Assert.True(TryRun());
        }

        Assert.Equal([1, 1, 1], [first.Runs, second.Runs, third.Runs]);
        _pools.Remove(second);
        Assert.True(TryRun());
        Assert.Equal([1, 1, 2], [first.Runs, second.Runs, third.Runs]);
        _pools.Remove(third);
        Assert.True(TryRun());
        Assert.Equal([2, 1, 2], [first.Runs, second.Runs, third.Runs]);
        _pools.Remove(first);
        Assert.False(TryRun());
    }

    [Fact]
    public void A_server_without_such_threads_leaves_it_to_another()
    {
        var first = new Pool(true);
        _pools.Add(first);
        _pools.Add(new Pool(false));
        Assert.True(TryRun());
        Assert.Equal(1, first.Runs);
    }

    private bool TryRun() => _pools.TryRun(new Run(() => { }));

    private sealed class Pool(bool hasThreads) : IRunQueuePool
    {
        public int Runs { get; private set; }

        public bool TryRun(IRunnable next)
        {
            Runs++;
            return hasThreads;
        }
    }
}
