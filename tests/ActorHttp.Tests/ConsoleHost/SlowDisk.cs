using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ActorHttp.Server;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>A test that compiles a few lines of C; skipped where there is no gcc, or no Linux that the lines are for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    private static readonly bool HasCompiler = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "gcc")));

    public CompilerFactAttribute() => Skip = Missing;

    /// <summary>What is missing for such a test; null when nothing is.</summary>
    public static string? Missing =>
        OperatingSystem.IsLinux() && HasCompiler
        && RuntimeInformation.ProcessArchitecture
            is System.Runtime.InteropServices.Architecture.X64 or System.Runtime.InteropServices.Architecture.Arm64
            ? null
            : "This needs gcc, and Linux on x64 or arm64.";
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerTheoryAttribute : TheoryAttribute
{
    public CompilerTheoryAttribute() => Skip = CompilerFactAttribute.Missing;
}

/// <summary>
/// A server on a disk whose operations wait for a gate that the test opens: those whose path contains slow-open, slow-read,
/// slow-fsync, slow-link, slow-rename or slow-unlink (SlowDisk.c). It also writes down the steps that change the served folder,
/// and can let one of them fail or kill the server before it.
/// </summary>
internal sealed partial class SlowDisk : IDisposable
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

    /// <summary>
    /// The steps since this was asked last, without those that depend on chance: the temporary names are PART and TICKET, writes
    /// in a row are one, and the probe for the umask and times that are set anew are left out.
    /// </summary>
    public IReadOnlyList<string> TakeSteps()
    {
        var steps = new List<string>();
        foreach (var line in File.ReadAllLines(_control["log"]))
        {
            var step = Part().Replace(Ticket().Replace(line, "TICKET"), "PART");
            var isChance = Probe().IsMatch(line)
                || (step.StartsWith("times ", StringComparison.Ordinal) && !step.EndsWith("PART", StringComparison.Ordinal));
            if (!isChance && (steps.Count == 0 || steps[^1] != step || !step.StartsWith("write ", StringComparison.Ordinal)))
                steps.Add(step);
        }

        File.WriteAllText(_control["log"], "");
        return steps;
    }

    /// <summary>The server is killed before the n-th step from now on that is no fsync; the first is 1.</summary>
    public void KillBefore(int step) => File.WriteAllText(_control["kill"], step.ToString(CultureInfo.InvariantCulture));

    /// <summary>Nothing is killed any more, and nothing fails.</summary>
    public void Heal()
    {
        foreach (var name in new[] { "kill", "fail", "lie", "refuse" })
            File.Delete(_control[name]);
    }

    /// <summary>A step fails with an input/output error. A star at its end stands for anything.</summary>
    public void Fail(string step) => File.WriteAllText(_control["fail"], step);

    /// <summary>A rename is done, and fails then.</summary>
    public void Lie(string step) => File.WriteAllText(_control["lie"], step);

    /// <summary>A folder cannot be opened to be flushed; for this reason, an errno.</summary>
    public void Refuse(int errno) => File.WriteAllText(_control["refuse"], errno.ToString(CultureInfo.InvariantCulture));

    public async Task<ServerProcess> StartAsync(string folder, string settings = "", bool hasStatx = true)
    {
        var config = _control.Add("own.conf", settings);
        File.WriteAllText(_control["log"], "");
        List<(string, string)> environment = [("LD_PRELOAD", _library), ("SLOW_DISK", _control.Path), ("SLOW_DISK_ROOT", folder)];
        if (!hasStatx)
            environment.Add(("SLOW_DISK_NO_STATX", "1"));
        var server = ServerProcess.Start(["--port", "0", "--directory", folder, "--config", config], [.. environment]);
        try
        {
            await server.ReadyAsync();
        }
        catch (Exception)
        {
            server.Dispose();
            throw;
        }

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

    [GeneratedRegex(@"\.actor-http-upload-[0-9a-f]{64}\.json")]
    private static partial Regex Ticket();

    [GeneratedRegex(@"\.actor-http-upload-[0-9a-f]{64}")]
    private static partial Regex Part();

    [GeneratedRegex(@"\.actor-http-upload-[0-9a-f]{32}$")]
    private static partial Regex Probe();
}
