using System.Text.Json;

namespace BenchPlot;

/// <summary>The ratio of a server to Kestrel in one workload. Above 1 is better, for every unit.</summary>
internal sealed record Ratio(double Median, double Lowest, double Highest);

/// <summary>The raw lines of one run of bench/compare. bench/lib/results.py reads the same file.</summary>
internal sealed class Results
{
    public const string Base = "Kestrel";

    private readonly List<Measured> _runs = [];

    public string Machine { get; private set; } = "";

    public IReadOnlyList<string> Workloads => [.. _runs.Where(run => run.Server == Base).Select(run => run.Workload).Distinct()];

    /// <summary>Returns the unit of a workload, for its label.</summary>
    public string UnitOf(string workload) => _runs.First(run => run.Workload == workload).Unit;

    /// <summary>The name of the first server that was measured in ActorHttp's place (--subject), or ActorHttp.</summary>
    public string Subject { get; private set; } = "ActorHttp";

    public Ratio? Compare(string workload, string server)
    {
        // When two files were joined, a round can occur twice. The last one counts.
        var theirs = _runs
            .Where(run => run.Workload == workload && run.Server == Base)
            .GroupBy(run => run.Round)
            .ToDictionary(round => round.Key, round => round.Last());
        var ratios = _runs
            .Where(run => run.Workload == workload && run.Server == server && theirs.ContainsKey(run.Round))
            .Select(run => run.LessIsBetter ? theirs[run.Round].Value / run.Value : run.Value / theirs[run.Round].Value)
            .Order()
            .ToArray();
        if (ratios.Length == 0)
            return null;

        var middle = ratios.Length / 2;
        var median = ratios.Length % 2 == 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2;
        return new Ratio(median, ratios[0], ratios[^1]);
    }

    public static Results Read(string file)
    {
        var results = new Results();
        foreach (var line in File.ReadLines(file))
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                results.Take(json.RootElement);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InvalidDataException($"{file} has a line that is not from bench/compare: {e.Message}");
            }
        }
        return results.Workloads.Count > 0 ? results : throw new InvalidDataException($"{file} has no run of {Base}");
    }

    private void Take(JsonElement line)
    {
        if (line.TryGetProperty("about", out var about))
        {
            var machine = about.GetProperty("machine");
            Machine = $"{machine.GetProperty("cpu").GetString()}, {machine.GetProperty("cores").GetInt32()} cores, "
                + $"Linux {machine.GetProperty("kernel").GetString()!.Split('-')[0]}; "
                + $"{about.GetProperty("rounds").GetInt32()} rounds of {about.GetProperty("seconds").GetInt32()} s";
            if (about.GetProperty("subjects") is { } subjects && subjects.GetArrayLength() > 0)
                Subject = subjects[0].GetString()!;
        }
        else if (line.TryGetProperty("round", out var round))
        {
            var unit = line.GetProperty("unit").GetString()!;
            _runs.Add(new Measured(
                line.GetProperty("workload").GetString()!, line.GetProperty("server").GetString()!, round.GetInt32(), unit,
                ValueOf(line, unit)));
        }
    }

    private static double ValueOf(JsonElement run, string unit) => unit switch
    {
        "p99 ms" => run.GetProperty("p99_ms").GetDouble(),
        "bytes each" => run.GetProperty("each_bytes").GetDouble(),
        // The size of a body is the same for all servers, and cancels out in the ratio.
        _ => run.GetProperty("requests").GetDouble() / run.GetProperty("seconds").GetDouble(),
    };

    private sealed record Measured(string Workload, string Server, int Round, string Unit, double Value)
    {
        public bool LessIsBetter => Unit is "p99 ms" or "bytes each";
    }
}
