using System.Globalization;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>A test that sends a signal; it is skipped where there are none, or where ours would be born deaf to it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SignalFactAttribute : FactAttribute
{
    public SignalFactAttribute(int signal = ServerProcess.Sigterm)
    {
        if (OperatingSystem.IsWindows())
            Skip = "There are no signals on Windows.";
        else if (IsIgnored(signal))
            Skip = "This shell started the tests with the signal ignored, and children inherit that.";
    }

    // A job in the background of a shell without job control has SIGINT ignored; .NET respects that.
    private static bool IsIgnored(int signal)
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
            return false;
        var mask = File.ReadLines(Status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        return (ulong.Parse(mask, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> (signal - 1) & 1) == 1;
    }
}
