using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Server;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Tests.Server;

public sealed class SpareConnectionsTests
{
    private static readonly ServerContext Server = new(
        ActorHttpSettings.From(ConfigurationFactory.Empty), ActorRefs.Nobody, new DateField(TimeProvider.System), ReactorPool.None);

    private readonly SpareConnections _spare = new(TimeSpan.FromMilliseconds(250));
    private readonly Dictionary<IActorRef, ConnectionState?> _connections = [];

    [Fact]
    public void The_longest_idle_one_is_named_first_and_each_once()
    {
        var (b, a, c) = (Add(2), Add(1), Add(3));
        Assert.Equal(a, Next(10));
        Assert.Equal(b, Next(10));
        Assert.Equal(c, Next(10));
        Assert.Null(Next(10));
    }

    [Fact]
    public void One_that_is_in_use_or_has_been_a_moment_ago_is_not_named()
    {
        Add(null);
        var idle = Add(1);
        Assert.Null(Next(1.2));
        Assert.Equal(idle, Next(1.4));
        Assert.Null(Next(1.5));
    }

    [Fact]
    public void One_that_has_been_used_since_the_search_is_passed_over()
    {
        var (a, b, c) = (Add(1), Add(2), Add(3));
        Assert.Equal(a, Next(10));
        _connections[b]!.SpareSince = TimeSpan.FromSeconds(9.9).Ticks;
        Assert.Equal(c, Next(10));
        Assert.Null(Next(10));
        Assert.Equal(b, Next(10.2));
    }

    [Fact]
    public void One_that_has_gone_since_the_search_is_passed_over()
    {
        var (a, b, c) = (Add(1), Add(2), Add(3));
        Assert.Equal(a, Next(10));
        _connections.Remove(b);
        Assert.Equal(c, Next(10));
    }

    [Fact]
    public void One_whose_state_a_restart_has_lost_is_not_named()
    {
        _connections.Add(new Client(), null);
        Assert.Null(Next(10));
    }

    [Fact]
    public void When_none_was_found_all_are_not_searched_again_at_once()
    {
        Add(null);
        Assert.Null(Next(10));
        var late = Add(1);
        Assert.Null(Next(10.04));
        Assert.Equal(late, Next(10.05));
    }

    // Each entry is read through the dictionary, so its size says how many are looked at.
    [Fact]
    public void Ten_thousand_idle_connections_are_not_searched_for_each_new_client()
    {
        const int Many = 10_000;
        for (var i = 0; i < Many; i++)
            Add(Many - i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 250; i++)
            Assert.NotNull(Next(Many + 1));
        var forOneSearch = GC.GetAllocatedBytesForCurrentThread() - before;
        for (var i = 250; i < Many; i++)
            Assert.NotNull(Next(Many + 1));
        Assert.Null(Next(Many + 1));

        // A search allocates its list of what is idle: forty searches for ten thousand clients, the list shrinking.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, forOneSearch, 60 * forOneSearch);
    }

    private IActorRef? Next(double seconds)
    {
        var next = _spare.Next(_connections, TimeSpan.FromSeconds(seconds));

        // It closes.
        if (next is not null)
            _connections.Remove(next);
        return next;
    }

    private Client Add(double? idleSince)
    {
        var client = new Client();
        var state = new ConnectionState(new AkkaTransport(ActorRefs.Nobody, 1024), Server, state => new Http1Connection(state));
        if (idleSince is { } since)
            state.SpareSince = TimeSpan.FromSeconds(since).Ticks;
        _connections.Add(client, state);
        return client;
    }

    private sealed class Client : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / Guid.NewGuid().ToString("N");

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }
}
