using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorHttp.Micro.Growth;

/// <summary>Measures the cost of work in nanoseconds: CPU time of this thread on Linux, elapsed time elsewhere.</summary>
internal static class Cost
{
    private const int ThreadCpuTime = 3;

    /// <summary>
    /// Returns the least of several runs, because other programs can only add to a cost. Each run repeats the work for the time
    /// <paramref name="run"/> or longer.
    /// </summary>
    public static double Of(Action work, TimeSpan warmUp, TimeSpan run, int runs)
    {
        // Runs until the JIT compiler has compiled hot methods again, which it does on another thread, 100 ms later.
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

    // The CPU time, because elapsed time goes on while another program has the processor. Long work would meet most of that.
    private static TimeSpan Now =>
        OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100)
            : Stopwatch.GetElapsedTime(0);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
