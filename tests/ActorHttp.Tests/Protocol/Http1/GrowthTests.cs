using System.Text;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;

namespace ActorHttp.Tests.Protocol.Http1;

/// <summary>
/// What reading costs grows as what was sent does. Counted and not timed: lines that were copied one behind the other would have
/// allocated a hundred times as much where there are ten times as many. bench/growth has the times.
/// </summary>
public sealed class GrowthTests
{
    // A little more than ten times: buffers double.
    private const double Most = 13;

    private static readonly ReaderLimits NoLimits = new(1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30);

    [Theory]
    [InlineData("Accept-Encoding: gzip, br", true)]
    [InlineData("Connection: keep-alive, x", true)]
    [InlineData("Transfer-Encoding: gzip, x", false)]
    [InlineData("Expect: 100-continue", true)]
    [InlineData("Content-Length: 0", false)]
    [InlineData("X-Other: value", true)]
    public void Ten_times_the_lines_of_a_field_cost_ten_times_as_much(string line, bool isHead)
    {
        AssertGrows(lines =>
        {
            var bytes = Encoding.Latin1.GetBytes(
                $"POST / HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Repeat(line + "\r\n", lines))}\r\n");
            return () => Assert.Equal(isHead ? ReadEventKind.Head : ReadEventKind.Rejected, new RequestReader(NoLimits).Read(bytes).Kind);
        });
    }

    [Fact]
    public void Ten_times_the_lines_of_a_field_that_is_looked_up_cost_ten_times_as_much()
    {
        AssertGrows(lines =>
        {
            var headers = HttpHeaders.Of([.. Enumerable.Repeat(("Cookie", "a=b"), lines)]);
            return () => Assert.Equal((lines * 5) - 2, headers["Cookie"]!.Length);
        });
    }

    private static void AssertGrows(Func<int, Action> prepare) =>
        Assert.InRange((double)Allocated(prepare(1000)) / Allocated(prepare(100)), 1, Most);

    private static long Allocated(Action work)
    {
        // The first time has costs of its own.
        work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
