using ScottPlot;

namespace BenchPlot;

/// <summary>
/// Draws a bar for each server and workload. The bars start at Kestrel's figure, and go to the right where the server is better
/// and to the left where it is worse. The axis is logarithmic: twice as fast and half as fast are equally far from the middle.
/// </summary>
internal static class Picture
{
    private const double BarSize = 0.26;
    private const float Width = 1000;

    private static readonly double[] Marks = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32];

    public static void Draw(Results results, string file)
    {
        (string Server, Color Color)[] series =
        [
            (results.Subject, Color.FromHex("#1f6feb")),
            ("Kestrel inline", Color.FromHex("#b59ae0")),
            ("nginx", Color.FromHex("#9aa4ae")),
        ];

        using var plot = new Plot();
        plot.Font.Set(Fonts.GetTypeface("DejaVu Sans", bold: false, italic: false) is null ? Fonts.Sans : "DejaVu Sans");
        var workloads = results.Workloads;
        foreach (var ((server, color), row) in series.Select((each, row) => (each, row)))
            Add(plot, results, workloads, server, color, (1 - row) * BarSize);

        var labels = workloads.Select(workload => Label(workload, results.UnitOf(workload)));
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. Enumerable.Range(0, workloads.Count).Select(i => (double)-i)], [.. labels]);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. Marks.Select(Math.Log2)], [.. Marks.Select(mark => mark < 1 ? $"1/{1 / mark:0}" : $"{mark:0}")]);

        var one = plot.Add.VerticalLine(0);
        one.Color = Colors.Black;
        one.LineWidth = 1.5f;

        var (least, most) = Reach(results, workloads, series.Select(each => each.Server));
        plot.Axes.SetLimits(least, most, -workloads.Count + 0.4, 0.6);
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.Grid.XAxisStyle.MajorLineStyle.Color = Color.FromHex("#e4e7ea");
        plot.Axes.Left.TickLabelStyle.FontSize = 14;
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 14;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.Label.Text = $"× Kestrel minimal API, median of rounds with lowest and highest; to the right is "
            + $"better\n{results.Machine}";
        plot.Axes.Bottom.Label.FontSize = 13;
        plot.Axes.Bottom.Label.Bold = false;
        plot.ShowLegend(Edge.Top).Legend.FontSize = 14;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;

        var height = 130 + 48 * workloads.Count;
        if (file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            plot.SaveSvg(file, (int)Width, height);
        }
        else
        {
            // Twice the pixels, for high-resolution screens.
            plot.ScaleFactor = 2;
            plot.SavePng(file, (int)Width * 2, height * 2);
        }
    }

    private static void Add(Plot plot, Results results, IReadOnlyList<string> workloads, string server, Color color, double offset)
    {
        var bars = new List<Bar>();
        List<double> xs = [], ys = [], below = [], above = [];
        for (var i = 0; i < workloads.Count; i++)
        {
            if (results.Compare(workloads[i], server) is not { } ratio)
                continue;

            var (middle, lowest, highest) = (Math.Log2(ratio.Median), Math.Log2(ratio.Lowest), Math.Log2(ratio.Highest));
            var y = offset - i;
            bars.Add(
                new Bar
                {
                    Position = y,
                    Value = middle,
                    Size = BarSize,
                    FillColor = color,
                    LineWidth = 0,
                    Orientation = Orientation.Horizontal,
                });
            xs.Add(middle);
            ys.Add(y);
            below.Add(middle - lowest);
            above.Add(highest - middle);
            var text = plot.Add.Text($"{ratio.Median:0.00}", middle < 0 ? Math.Min(lowest, 0) : Math.Max(highest, 0), y);
            text.LabelFontSize = 10.5f;
            text.LabelFontColor = Color.FromHex("#57606a");
            text.LabelAlignment = middle < 0 ? Alignment.MiddleRight : Alignment.MiddleLeft;
            text.OffsetY = 2;
            text.OffsetX = middle < 0 ? -4 : 4;
        }
        if (bars.Count == 0)
            return;

        var drawn = plot.Add.Bars(bars);
        drawn.Horizontal = true;
        drawn.LegendText = server;
        var spread = new ScottPlot.Plottables.ErrorBar(xs, ys, null, null, null, null)
        {
            XErrorNegative = below,
            XErrorPositive = above,
            Color = Color.FromHex("#24292f"),
            LineWidth = 1,
            CapSize = 3,
        };
        plot.Add.Plottable(spread);
    }

    /// <summary>Returns the ends of the axis, with room for the numbers.</summary>
    private static (double Least, double Most) Reach(Results results, IReadOnlyList<string> workloads, IEnumerable<string> servers)
    {
        var found = servers.SelectMany(server => workloads.Select(workload => results.Compare(workload, server))).OfType<Ratio>().ToArray();
        var (lowest, highest) = (found.Min(ratio => ratio.Lowest), found.Max(ratio => ratio.Highest));
        return (Math.Min(Math.Log2(lowest) - 0.45, -1.2), Math.Max(Math.Log2(highest) + 0.45, 1.2));
    }

    private static string Label(string workload, string unit) => unit switch
    {
        "p99 ms" => $"{workload}: p99",
        "bytes each" => $"{workload}: memory each",
        _ => workload,
    };
}
