using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ActorHttp.Tests.Architecture;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>The real console program, in a process of its own.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    public const int Sighup = 1;
    public const int Sigint = 2;
    public const int Sigquit = 3;
    public const int Sigpipe = 13;
    public const int Sigterm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Take(_output, e.Data, _firstLine);
        process.ErrorDataReceived += (_, e) => Take(_errors, e.Data, null);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The lines on stdout so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The lines on stderr so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>Where the ready line said that it listens; set by <see cref="ReadyAsync"/>.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Starts the program with only those of its variables in the environment that are given here.</summary>
    public static ServerProcess Start(string[] arguments, params (string Name, string Value)[] environment) =>
        StartUnder([], arguments, environment);

    /// <summary>The same, under a program that changes what a process may do and then becomes it, as prlimit and setpriv.</summary>
    public static ServerProcess StartUnder(string[] wrapper, string[] arguments, params (string Name, string Value)[] environment)
    {
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        return Start([.. wrapper, dotnet, Path.Combine(AppContext.BaseDirectory, "ActorHttp.Console.dll")], arguments, environment);
    }

    /// <summary>The same, by <c>dotnet run</c> of the library's project, without a build.</summary>
    public static ServerProcess StartByDotnetRun(params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Start(
            ["dotnet", "run", "--no-build", "--configuration", configuration, "--project", RoomTests.SourceFolder, "--"], arguments, []);
    }

    private static ServerProcess Start(string[] command, string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ACTORHTTP_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        // A program that stays for seconds gains from these; one that a test starts and stops does not.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<ServerProcess> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        var server = Start(arguments, environment);
        await server.ExitAsync();
        return server;
    }

    /// <summary>The ready line.</summary>
    public async Task<string> ReadyAsync()
    {
        var line = await _firstLine.Task.WaitAsync(Patience);
        Assert.StartsWith("ActorHttp is listening on ", line.Length > 0 ? line : string.Join('\n', Errors));
        FindAddress(line);
        return line;
    }

    /// <summary>Waits for the ready line on stderr: it is there when there is no stdout.</summary>
    public async Task ReadyWithoutStdoutAsync()
    {
        await Until.TrueAsync(() => Errors.Any(ReadyLine().IsMatch), "stderr has the ready line");
        FindAddress(Errors.First(ReadyLine().IsMatch));
    }

    // The first TCP address. A server on unix sockets only has none.
    private void FindAddress(string line)
    {
        if (line.StartsWith("ActorHttp is listening on unix:", StringComparison.Ordinal)
            && !line.Contains("http://", StringComparison.Ordinal))
        {
            return;
        }

        var match = ReadyLine().Match(line);
        Assert.True(match.Success, $"This is no ready line: {line}");
        var host = match.Groups["host"].Value;
        Address = new IPEndPoint(
            host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host.Trim('[', ']')),
            int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
    }

    public void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    /// <summary>The same for a process that may have ended.</summary>
    public void SignalIfAlive(int signal)
    {
        if (!_process.HasExited)
            _ = Kill(_process.Id, signal);
    }

    /// <summary>Waits for the end and for all that was said. Answers the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        // Until then it may write into the folder that the test deletes next.
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(20)), "a process that is killed ends");
        _process.Dispose();
    }

    private static void Take(List<string> lines, string? line, TaskCompletionSource<string>? first)
    {
        if (line is null)
        {
            first?.TrySetResult("");
            return;
        }

        lock (lines)
            lines.Add(line);
        first?.TrySetResult(line);
    }

    private static IReadOnlyList<string> Copy(List<string> lines)
    {
        lock (lines)
            return [.. lines];
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    [GeneratedRegex("ActorHttp is listening on (unix:[^ ]+ and )?http://(?<host>[^ ]+?):(?<port>[0-9]+)( and .+)?, serving .+$")]
    private static partial Regex ReadyLine();
}
