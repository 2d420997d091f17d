using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Files.Reading;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Akka.Actor;

namespace ActorHttp.Tests.Files;

/// <summary>How many digests are computed, and for whom.</summary>
public sealed class DigestDeskTests
{
    private readonly DigestDesk _desk = new(mostAtOnce: 2, mostRequests: 3);

    [Fact]
    public void A_digest_that_many_want_is_computed_once()
    {
        var requests = Enumerable.Range(0, 3).Select(_ => Request()).ToList();
        Assert.Equal(DigestTurn.Begins, _desk.Take(requests[0], Key(1), out var job));
        Assert.All(requests[1..], request => Assert.Equal(DigestTurn.Waits, _desk.Take(request, Key(1), out _)));
        Assert.Equal(DigestTurn.WithoutDigest, _desk.Take(Request(), Key(1), out _));
        Assert.Equal(requests, _desk.End(job!).Joined);
    }

    [Fact]
    public void No_more_than_so_many_are_computed_at_once_and_the_others_take_their_turns()
    {
        _desk.Take(Request(), Key(1), out var first);
        _desk.Take(Request(), Key(2), out var second);
        var (third, same, fourth) = (Request(), Request(), Request());
        Assert.Equal(DigestTurn.Waits, _desk.Take(third, Key(3), out _));
        Assert.Equal(DigestTurn.Waits, _desk.Take(fourth, Key(4), out _));
        Assert.Equal(DigestTurn.Waits, _desk.Take(same, Key(3), out _));
        Assert.Equal(DigestTurn.WithoutDigest, _desk.Take(Request(), Key(5), out _));
        Assert.Equal([third, same], _desk.End(first!).Next);
        Assert.Equal(DigestTurn.Begins, _desk.Take(third, Key(3), out _));
        Assert.Equal([fourth], _desk.End(second!).Next);
    }

    [Fact]
    public void It_is_wanted_as_long_as_one_client_waits()
    {
        var slots = new[]
        {
            new OpenExchange(new Exchange(ActorRefs.Nobody, 1), null), new OpenExchange(new Exchange(ActorRefs.Nobody, 2), null),
        };
        _desk.Take(Request() with { Open = slots[0] }, Key(1), out var job);
        _desk.Take(Request() with { Open = slots[1] }, Key(1), out _);
        slots[0].Settle();
        Assert.True(job!.IsWanted);
        slots[1].Settle();
        Assert.False(job.IsWanted);
    }

    [Fact]
    public void Clients_that_have_left_take_no_turn()
    {
        _desk.Take(Request(), Key(1), out var first);
        _desk.Take(Request(), Key(2), out _);
        var slot = new OpenExchange(new Exchange(ActorRefs.Nobody, 1), null);
        var stays = Request();
        _desk.Take(Request() with { Open = slot }, Key(3), out _);
        _desk.Take(stays, Key(4), out _);
        slot.Settle();
        Assert.Equal([stays], _desk.End(first!).Next);
    }

    [Fact]
    public void The_cache_is_bounded_and_forgets_the_oldest()
    {
        var cache = new DigestCache(10);
        for (ulong i = 0; i < 100; i++)
        {
            cache.Add(Key(i), [(byte)i]);
            Assert.Equal([(byte)i], cache.Find(Key(i)) ?? []);
            Assert.InRange(cache.Count, 1, 10);
        }

        Assert.Null(cache.Find(Key(0)));
    }

    private static HttpRequest Request() => FileRequests.To(ActorRefs.Nobody, "GET", "file");

    private static DigestKey Key(ulong inode) =>
        new(new FileIdentity(1, inode, 0), "", new EntityTag("tag", false), DigestAlgorithm.Sha256);
}
