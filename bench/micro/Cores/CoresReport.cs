using System.Globalization;

namespace ActorHttp.Micro.Cores;

/// <summary>
/// Prints a Markdown table of the cost of a request on one core and on several: with a router and a handler for each core, and
/// with one router and one handler for all.
/// </summary>
internal static class CoresReport
{
    // Other programs take cores away. So only one tenth of the rounds count: those in which this program got most CPU time.
    private const int CountedOf = 10;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures and prints the table. The cases take turns, because a busy machine changes from second to second.</summary>
    /// <param name="args">The highest number of cores (2 by default), and the number of rounds (100 by default).</param>
    public static int Run(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        var worlds = new List<World>();
        for (var cores = 1; cores <= most; cores *= 2)
        {
            worlds.Add(new World(cores, isShared: false));
            if (cores > 1)
                worlds.Add(new World(cores, isShared: true));
        }

        var samples = worlds.ToDictionary(world => world, _ => new List<Sample>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var world in worlds)
            {
                var sample = world.Measure(WarmUp, Time);

                // The first round warms up the JIT compiler.
                if (round > 0)
                    samples[world].Add(sample);
            }
        }

        Console.WriteLine(
            "| threads | router and handler | cores that they got | requests a second | CPU µs a request | answered by another "
                + "thread |\n|---|---|---|---|---|---|");
        foreach (var world in worlds)
        {
            Sample[] counted = [.. samples[world].OrderByDescending(sample => sample.Cores).Take((rounds + CountedOf - 1) / CountedOf)];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {world.Cores} | {(world.IsShared ? "one for all" : "one each")} | "
                    + $"{Median(counted, sample => sample.Cores):N1} | {Median(counted, sample => sample.RequestsPerSecond):N0} "
                        + $"| {Median(counted, sample => sample.CpuMicroseconds):N2} | {Median(counted, sample => sample.Foreign):P0} |"));
            world.Dispose();
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"\nRouter and handler alone: {RouterAlone.Measure(rounds):N2} µs of CPU a request."));
        return 0;
    }

    private static double Median(Sample[] samples, Func<Sample, double> figure) =>
        samples.Select(figure).Order().ElementAt(samples.Length / 2);
}
