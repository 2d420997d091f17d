using System.Diagnostics;

namespace ActorHttp.Tests.Files;

/// <summary>A test that needs a file system of its own, of a few hundred KiB; skipped where we may not mount one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    private static readonly bool CanMount = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Try();

    public MountFactAttribute()
    {
        if (!CanMount)
            Skip = "This needs the right to mount a tmpfs: root on Linux, not in a container without CAP_SYS_ADMIN.";
    }

    private static bool Try()
    {
        using var folder = new TemporaryDirectory();
        try
        {
            using var mount = new SmallDisk(folder.Path, 64);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>A tmpfs of a few KiB over a folder, for as long as a test takes.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    /// <exception cref="InvalidOperationException">It cannot be mounted.</exception>
    public SmallDisk(string folder, int kibibytes)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", folder);
    }

    public void Dispose() => Run("umount", _folder);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program}: {said}");
    }
}
