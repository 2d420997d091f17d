using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorHttp.Micro.Growth;

/// <summary>What work costs, in nanoseconds of this thread's CPU time (Linux; elsewhere of the clock on the wall).</summary>
internal static class Cost
{
    private const int ThreadCpuTime = 3;

    /// <summary>The least of some runs, each of which repeats the work for about this long: anything else only adds to it.</summary>
    public static double Of(Action work, TimeSpan warmUp, TimeSpan run, int runs)
    {
        // Until what is called often has been compiled for the second time, which happens beside us and 100 ms later.
        for (var start = Now; Now - start < warmUp;)
            work();
        var times = 1;
        var least = double.MaxValue;
        for (var i = 0; i < runs;)
        {
            var start = Now;
            for (var n = 0; n < times; n++)
                work();
            var took = Now - start;
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

    // While another program has the processor the clock on the wall runs on, and the longest work meets most of that.
    private static TimeSpan Now =>
        OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100)
            : Stopwatch.GetElapsedTime(0);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
