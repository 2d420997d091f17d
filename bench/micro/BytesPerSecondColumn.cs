using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace ActorHttp.Micro;

/// <summary>Says how many bytes one operation of a benchmark reads or writes.</summary>
/// <param name="sample">A field of <see cref="Samples"/>, or a parameter of the benchmark.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MovesAttribute(string sample, int operations = 1) : Attribute
{
    public double Bytes(BenchmarkCase benchmark)
    {
        var bytes = typeof(Samples).GetField(sample)?.GetValue(null) is byte[] field ? field.Length : (int)benchmark.Parameters[sample];
        return (double)bytes / operations;
    }
}

internal sealed class BytesPerSecondColumn : IColumn
{
    public string Id => nameof(BytesPerSecondColumn);

    public string ColumnName => "MB/s";

    public string Legend => "Bytes read or written, in millions a second of the mean";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => Moves(benchmark) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (Moves(benchmarkCase) is not { } moves || summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            return "";
        return (moves.Bytes(benchmarkCase) * 1000 / statistics.Mean).ToString("N0", CultureInfo.InvariantCulture);
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    private static MovesAttribute? Moves(BenchmarkCase benchmark) =>
        (MovesAttribute?)Attribute.GetCustomAttribute(benchmark.Descriptor.WorkloadMethod, typeof(MovesAttribute));
}
