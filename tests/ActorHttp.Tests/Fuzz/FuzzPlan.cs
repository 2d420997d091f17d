using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace ActorHttp.Tests.Fuzz;

/// <summary>
/// Which cases to run. A usual test run tries the same few thousand each time. <c>bench/fuzz</c> says otherwise, by the
/// environment: <c>FUZZ_MINUTES</c> (as many as there is time for), <c>FUZZ_SEED</c>, <c>FUZZ_CASE</c> (this one only) and
/// <c>FUZZ_REPORT</c> (the file for the counts).
/// </summary>
internal sealed class FuzzPlan(string what, int usual)
{
    private const int UsualSeed = 1;

    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly double? _minutes = Number("FUZZ_MINUTES", minutes => double.Parse(minutes, CultureInfo.InvariantCulture));
    private readonly long? _only = Number("FUZZ_CASE", number => long.Parse(number, CultureInfo.InvariantCulture));

    public int Seed { get; } = Number("FUZZ_SEED", seed => int.Parse(seed, CultureInfo.InvariantCulture)) ?? UsualSeed;

    /// <summary>The numbers of the cases to run.</summary>
    public IEnumerable<long> Numbers()
    {
        if (_only is { } only)
        {
            yield return only;
            yield break;
        }

        var since = Stopwatch.StartNew();
        for (var number = 0L; _minutes is { } minutes ? since.Elapsed.TotalMinutes < minutes : number < usual; number++)
            yield return number;
    }

    /// <summary>Notes that a case was run.</summary>
    public void Count(string kind) => _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);

    /// <summary>Writes what was run where somebody asked for it.</summary>
    public void Report()
    {
        if (Environment.GetEnvironmentVariable("FUZZ_REPORT") is not { Length: > 0 } file)
            return;
        var lines = _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"  {count.Key,-32}{count.Value,10}\n");
        File.AppendAllText(file, $"{what,-34}{_counts.Values.Sum(),10}\n{string.Concat(lines)}");
    }

    private static T? Number<T>(string variable, Func<string, T> parse)
        where T : struct =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? parse(text) : null;
}
