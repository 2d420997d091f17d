using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>A test that compiles a few lines of C; skipped where there is no gcc, or no Linux that the lines are for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    private static readonly bool HasCompiler = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "gcc")));

    public CompilerFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (System.Runtime.InteropServices.Architecture.X64 or System.Runtime.InteropServices.Architecture.Arm64) || !HasCompiler)
            Skip = "This needs gcc, and Linux on x64 or arm64.";
    }
}

/// <summary>
/// A server on a disk whose operations wait for a gate that the test opens: those whose path contains slow-open, slow-read,
/// slow-fsync, slow-link, slow-rename or slow-unlink (SlowDisk.c).
/// </summary>
internal sealed class SlowDisk : IDisposable
{
    private readonly TemporaryDirectory _control = new();
    private readonly string _library;

    public SlowDisk()
    {
        _library = _control["slow-disk.so"];
        var source = Path.Combine(AppContext.BaseDirectory, "ConsoleHost", "SlowDisk.c");
        var command = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O1", "-w", "-o", _library, source])
        {
            RedirectStandardError = true,
        };
        using var compiler = Process.Start(command)!;
        var said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, said);
        Close();
    }

    /// <summary>How many operations have begun to wait since the gate was closed.</summary>
    public long Waiting => File.Exists(_control["waiting"]) ? new FileInfo(_control["waiting"]).Length : 0;

    public async Task<ServerProcess> StartAsync(string folder, string settings = "")
    {
        var config = _control.Add("own.conf", settings);
        var server = ServerProcess.Start(
            ["--port", "0", "--directory", folder, "--config", config], ("LD_PRELOAD", _library), ("SLOW_DISK", _control.Path));
        await server.ReadyAsync();
        return server;
    }

    public Task WaitingAsync(long count) => Until.TrueAsync(() => Waiting >= count, $"{count} operations wait for the disk");

    /// <summary>From now on the operations wait.</summary>
    public void Close()
    {
        File.Delete(_control["waiting"]);
        File.WriteAllText(_control["closed"], "");
    }

    /// <summary>From now on they go on.</summary>
    public void Open() => File.Delete(_control["closed"]);

    public void Dispose() => _control.Dispose();
}
