using ActorHttp.Dispatch;
using ActorHttp.Tests.Kit;
using Akka.Dispatch;

namespace ActorHttp.Tests.Dispatch;

/// <summary>Several servers in one actor system: whose threads run what becomes ready elsewhere.</summary>
public sealed class TrampolineHostsTests
{
    private readonly TrampolineHosts _hosts = new();

    [Fact]
    public void Those_of_the_last_server_do_and_once_it_is_gone_those_of_the_one_before()
    {
        var (first, second, third) = (new Host(true), new Host(true), new Host(true));
        Assert.False(TryRun());
        foreach (var host in new[] { first, second, third })
        {
            _hosts.Add(host);
            Assert.True(TryRun());
        }

        Assert.Equal([1, 1, 1], [first.Runs, second.Runs, third.Runs]);
        _hosts.Remove(second);
        Assert.True(TryRun());
        Assert.Equal([1, 1, 2], [first.Runs, second.Runs, third.Runs]);
        _hosts.Remove(third);
        Assert.True(TryRun());
        Assert.Equal([2, 1, 2], [first.Runs, second.Runs, third.Runs]);
        _hosts.Remove(first);
        Assert.False(TryRun());
    }

    [Fact]
    public void A_server_without_such_threads_leaves_it_to_another()
    {
        var first = new Host(true);
        _hosts.Add(first);
        _hosts.Add(new Host(false));
        Assert.True(TryRun());
        Assert.Equal(1, first.Runs);
    }

    private bool TryRun() => _hosts.TryRun(new Run(() => { }));

    private sealed class Host(bool hasThreads) : ITrampolineHost
    {
        public int Runs { get; private set; }

        public bool TryRun(IRunnable next)
        {
            Runs++;
            return hasThreads;
        }
    }
}
