using System.Diagnostics;

namespace ActorHttp.Micro.Growth;

/// <summary>What work costs, in nanoseconds.</summary>
internal static class Cost
{
    /// <summary>The least of some runs, each of which repeats the work for about this long: anything else only adds to it.</summary>
    public static double Of(Action work, TimeSpan warmUp, TimeSpan run, int runs)
    {
        // Until what is called often has been compiled for the second time, which happens beside us and 100 ms later.
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < warmUp;)
            work();
        var times = 1;
        var least = double.MaxValue;
        for (var i = 0; i < runs;)
        {
            var start = Stopwatch.GetTimestamp();
            for (var n = 0; n < times; n++)
                work();
            var took = Stopwatch.GetElapsedTime(start);
            if (took < run && times < 1 << 24)
            {
                times *= 2;
                continue;
            }

            least = Math.Min(least, took.TotalNanoseconds / times);
            i++;
        }

        return least;
    }
}
