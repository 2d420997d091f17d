using System.Globalization;
using System.Text.Json;

namespace ActorHttp.Micro.Growth;

/// <summary>Prints a Markdown table of the cost of work at 1×, 10× and 100×.</summary>
internal static class GrowthReport
{
    // When ten times the work costs more than 20 times as much, caches and garbage do not explain the growth.
    private const double Suspicious = 20;

    // Other programs can only add to a cost. So a suspicious case is measured again, and the least cost counts.
    private const int MostAttempts = 3;

    private static readonly int[] Factors = [1, 10, 100];

    /// <summary>
    /// Measures the cases whose names contain one of these words, or all cases when there are no words. Returns 1 when the cost of
    /// a case grows faster than its work, else 0.
    /// </summary>
    public static int Run(string[] words)
    {
        var json = words is ["--json", ..];
        words = json ? words[1..] : words;
        GrowthCase[] cases = [.. ReaderCases.All, .. ServerCases.All, .. HostileText.Cases(IsAskedFor)];
        var suspicious = 0;
        if (!json)
        {
            Console.WriteLine("| what grows | 1× | ns at 1× | at 10× | at 100× | 10× / 1× | 100× / 10× | ns a unit at 100× |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|");
        }

        foreach (var each in cases.Where(each => IsAskedFor(each.Name)))
        {
            var costs = Measure(each);
            for (var attempt = 1; attempt < MostAttempts && Grows(costs); attempt++)
                costs = [.. costs.Zip(Measure(each), Math.Min)];
            suspicious += Grows(costs) ? 1 : 0;
            Console.WriteLine(json ? Json(each, costs) : Row(each, costs));
        }

        return suspicious == 0 ? 0 : 1;

        bool IsAskedFor(string name) => words.Length == 0 || words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static double[] Measure(GrowthCase each) => Array.ConvertAll(Factors, factor => Cost.Of(
        each.Prepare(each.Units * factor), TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(10), 5));

    // Checks both steps, because a cost can jump between 1× and 10×, or between 10× and 100×.
    private static bool Grows(double[] costs) => Enumerable.Range(1, costs.Length - 1).Any(i => IsSuspicious(costs, i));

    private static bool IsSuspicious(double[] costs, int step) => costs[step] / costs[step - 1] > Suspicious;

    private static string Json(GrowthCase each, double[] costs) =>
        JsonSerializer.Serialize(new { name = each.Name, unit = each.Unit, units = each.Units, ns = costs, grows = Grows(costs) });

    private static string Step(double[] costs, int step) =>
        string.Create(CultureInfo.InvariantCulture, $"{costs[step] / costs[step - 1]:N1}{(IsSuspicious(costs, step) ? " **!**" : "")}");

    private static string Row(GrowthCase each, double[] costs) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {each.Name} | {each.Units:N0} {each.Unit} | {costs[0]:N0} | {costs[1]:N0} | {costs[2]:N0} | {Step(costs, 1)} | "
            + $"{Step(costs, 2)} | {costs[2] / (each.Units * 100.0):N2} |");
}
