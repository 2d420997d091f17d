using ActorHttp.Connections;

namespace ActorHttp.Tests.Connections;

public sealed class BodyCreditTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    private readonly BodyCredit _credit = new();

    public BodyCreditTests() => _credit.Start(1, TimeSpan.FromSeconds(5));

    [Fact]
    public void It_begins_with_the_grace_and_waits_spend_it()
    {
        Assert.Equal(5, Left);
        _credit.Spend(1, TimeSpan.FromSeconds(4));
        Assert.Equal(1, Left);
    }

    [Fact]
    public void Bytes_earn_time_once()
    {
        _credit.Receive(480);
        Assert.Equal(7, Left);
        Assert.Equal(7, Left);
    }

    [Theory]
    [InlineData(10_000_000)]
    [InlineData(int.MaxValue)]
    public void No_number_of_bytes_earns_more_than_the_limit(int bytes)
    {
        for (var i = 0; i < 3; i++)
            _credit.Receive(bytes);
        Assert.Equal(60, Left);
        _credit.Spend(1, TimeSpan.FromSeconds(50));
        Assert.Equal(10, Left);
    }

    [Fact]
    public void A_grace_above_the_limit_gives_no_more_than_the_limit()
    {
        _credit.Start(2, TimeSpan.FromSeconds(90));
        Assert.Equal(60, Left);
    }

    [Fact]
    public void A_wait_for_the_body_before_does_not_count()
    {
        _credit.Start(2, TimeSpan.FromSeconds(5));
        _credit.Spend(1, TimeSpan.FromSeconds(4));
        Assert.Equal(5, Left);
    }

    [Fact]
    public void To_renew_it_takes_nothing_away()
    {
        _credit.Spend(1, TimeSpan.FromSeconds(4));
        _credit.Renew(TimeSpan.FromSeconds(5));
        Assert.Equal(5, Left);
        _credit.Receive(2400);
        Assert.Equal(15, Left);
        _credit.Renew(TimeSpan.FromSeconds(5));
        Assert.Equal(15, Left);
    }

    private double Left => _credit.Settle(240, Most).TotalSeconds;
}
