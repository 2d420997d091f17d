using ActorHttp.Micro;
using ActorHttp.Micro.Cores;
using ActorHttp.Micro.Growth;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

if (args is ["growth", .. var rest])
    return GrowthReport.Run(rest);
if (args is ["cores", .. var numbers])
    return CoresReport.Run(numbers);

// Runs in this process. Another process would need one more build for each class, and could not see internal types. The job is
// short: all benchmarks take two minutes, and differences that it cannot show are too small to matter.
var job = Job.Default
    .WithToolchain(InProcessEmitToolchain.Instance)
    .WithRuntime(CoreRuntime.Core10_0)
    .WithWarmupCount(4)
    .WithIterationCount(8)
    .WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(100));
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .HideColumns(
        Column.Job,
        Column.Toolchain,
        Column.Runtime,
        Column.IterationCount,
        Column.IterationTime,
        Column.WarmupCount,
        Column.Gen0,
        Column.Gen1,
        Column.Gen2)
    .AddColumn(new BytesPerSecondColumn());
BenchmarkSwitcher.FromAssembly(typeof(Samples).Assembly).Run(args, config);
return 0;
