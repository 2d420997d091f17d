namespace ActorHttp.Tests.ConsoleHost;

/// <summary>
/// A test that starts the server under a program of util-linux; skipped where it is missing, or needs a root that we are
/// not.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WrapperFactAttribute : FactAttribute
{
    public WrapperFactAttribute(string program, bool asRoot = false)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!OperatingSystem.IsLinux())
            Skip = "This needs Linux.";
        else if (asRoot && !Environment.IsPrivilegedProcess)
            return;
        else if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            Skip = $"This needs {program}, of util-linux.";
    }
}
