using System.Globalization;
using System.Text.Json;

namespace ActorHttp.Micro.Growth;

/// <summary>Prints what work costs at 1×, 10× and 100×, as a table of Markdown.</summary>
internal static class GrowthReport
{
    // Above this a unit at 100× costs so much more than one at 10× that caches and garbage do not explain it.
    private const double Suspicious = 2;

    private static readonly int[] Factors = [1, 10, 100];

    /// <summary>Measures the cases whose names hold one of these words; all, without any. 1 when one grows faster than its work.</summary>
    public static int Run(string[] words)
    {
        var json = words is ["--json", ..];
        words = json ? words[1..] : words;
        GrowthCase[] cases = [.. ReaderCases.All, .. ServerCases.All, .. HostileText.Cases(IsAskedFor)];
        var suspicious = 0;
        if (!json)
            Console.WriteLine("| what grows | 1× | ns at 1× | at 10× | at 100× | 10× / 1× | 100× / 10× | ns a unit at 100× |\n|---|---|---|---|---|---|---|---|");
        foreach (var each in cases.Where(each => IsAskedFor(each.Name)))
        {
            var costs = Array.ConvertAll(Factors, factor => Cost.Of(
                each.Prepare(each.Units * factor), TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(10), 5));
            var grows = costs[2] / costs[1] > Suspicious * 10;
            suspicious += grows ? 1 : 0;
            Console.WriteLine(json ? Json(each, costs) : Row(each, costs, grows));
        }

        return suspicious == 0 ? 0 : 1;

        bool IsAskedFor(string name) => words.Length == 0 || words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static string Json(GrowthCase each, double[] costs) =>
        JsonSerializer.Serialize(new { name = each.Name, unit = each.Unit, units = each.Units, ns = costs });

    private static string Row(GrowthCase each, double[] costs, bool grows) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {each.Name} | {each.Units:N0} {each.Unit} | {costs[0]:N0} | {costs[1]:N0} | {costs[2]:N0} | {costs[1] / costs[0]:N1} | {costs[2] / costs[1]:N1}{(grows ? " **!**" : "")} | {costs[2] / (each.Units * 100.0):N2} |");
}
