using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Waits until a file, or the names of a folder, are on the disk itself. <see cref="RandomAccess.FlushToDisk"/> does that too, but outside
/// Windows it reports no failure: .NET 10 ignores the result of fsync.
/// </summary>
internal static class DiskFlush
{
    private const int Interrupted = 4;
    private const int Invalid = 22;
    private const int ReadOnlyFileSystem = 30;
    private const int NotSupportedMac = 45;
    private const int MacFullSync = 51;

    /// <summary>Flushes an open file or folder.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name, for the message of the exception.</param>
    /// <exception cref="IOException">The disk has failed. It reports that only once, and the bytes may be lost.</exception>
    public static void Of(SafeFileHandle file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        // On macOS fsync returns when the bytes are in the memory of the disk. Only F_FULLFSYNC waits for the disk itself.
        if (OperatingSystem.IsMacOS() && Control(file, MacFullSync) == 0)
            return;
        while (fsync(file) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case Invalid or ReadOnlyFileSystem or NotSupportedMac or LibC.NotSupported:
                    // The file system has nothing to flush, or cannot flush a folder.
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
