using ActorHttp.Tests.Kit;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Connections;

public sealed class ReceiveWindowTests() : TestKit(TestSystem.Config)
{
    [Fact]
    public void A_line_longer_than_the_window_is_read_when_the_limits_allow_it()
    {
        var kit = new ConnectionKit(this, "actor-http { limits.request-line-size = 100KiB, io.receive-window = 1KiB }");
        kit.Send("GET /" + new string('a', 50_000));
        kit.ExpectNothing();
        Assert.EndsWith("aab", kit.Ask("b HTTP/1.1\r\nHost: a\r\n\r\n").Target.Path);
    }
}
