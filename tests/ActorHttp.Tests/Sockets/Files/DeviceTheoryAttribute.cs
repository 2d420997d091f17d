using System.Diagnostics;

namespace ActorHttp.Tests.Sockets.Files;

/// <summary>A test that needs the right to make devices (mknod(1)): root on Linux, but not in every container.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DeviceTheoryAttribute : TheoryAttribute
{
    public DeviceTheoryAttribute()
    {
        if (!CanMake)
            Skip = "This needs the right to make devices: root on Linux.";
    }

    public static bool CanMake { get; } = OperatingSystem.IsLinux() && Try();

    /// <summary>Makes a pipe, the null device, or a block device without a driver. Answers whether that is allowed.</summary>
    public static bool Make(string path, string kind)
    {
        string[] arguments = kind switch
        {
            "pipe" => ["p"],
            "character-device" => ["c", "1", "3"],
            _ => ["b", "240", "0"],
        };
        using var made = Process.Start(new ProcessStartInfo("mknod", [path, .. arguments]) { RedirectStandardError = true })!;
        made.WaitForExit();
        return made.ExitCode == 0;
    }

    private static bool Try()
    {
        using var folder = new TemporaryDirectory();
        return Make(folder["device"], "block-device");
    }
}
