using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Tests.Messages;

public sealed class InterimResponseTests
{
    private static readonly Exchange Exchange = new(ActorRefs.Nobody, 1);

    [Theory, Trait("RFC", "9110 §15.2")]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    [InlineData(199)]
    public void A_handler_may_send_what_is_not_the_connections_own(int status) =>
        Assert.Equal(status, new InterimResponse(Exchange, status, HttpHeaders.Empty).Status);

    [Theory, Trait("RFC", "9110 §15.2")]
    [InlineData(-1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(200)]
    [InlineData(500)]
    public void Any_other_status_is_refused_where_it_is_made(int status)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new InterimResponse(Exchange, status, HttpHeaders.Empty));
        var interim = new InterimResponse(Exchange, 103, HttpHeaders.Empty);
        Assert.Throws<ArgumentOutOfRangeException>(() => interim with { Status = status });
    }

    [Fact]
    public void Fields_that_are_not_there_are_refused_where_it_is_made()
    {
        Assert.Throws<ArgumentNullException>(() => new InterimResponse(Exchange, 103, null!));
        var interim = new InterimResponse(Exchange, 103, HttpHeaders.Empty);
        Assert.Throws<ArgumentNullException>(() => interim with { Headers = null! });
    }
}
