using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Waits until the disk itself has a file, or the names of a folder. <see cref="RandomAccess.FlushToDisk"/> does that too, but
/// outside Windows it reports no failure: .NET 10 returns from a failed fsync as from a successful one.
/// </summary>
internal static class DiskFlush
{
    private const int Interrupted = 4;
    private const int Invalid = 22;
    private const int ReadOnlyFileSystem = 30;
    private const int NotSupportedMac = 45;
    private const int MacFullSync = 51;

    /// <exception cref="IOException">The disk has failed, and tells that only once: what was to be flushed may be lost.</exception>
    public static void Of(SafeFileHandle file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        // macOS calls it flushed when the disk has it in its own memory, unless it is asked for more.
        if (OperatingSystem.IsMacOS() && Control(file, MacFullSync) == 0)
            return;
        while (fsync(file) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case Invalid or ReadOnlyFileSystem or NotSupportedMac or LibC.NotSupported:
                    // A file system that has nothing to flush, or cannot flush a folder.
                    return;
                case var fault:
                    throw LibC.Fault(fault, name);
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(SafeFileHandle file, int command);
}
