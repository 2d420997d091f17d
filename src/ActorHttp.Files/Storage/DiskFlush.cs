using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// Waits until the bytes of a file, or the entries of a folder, are on the disk (fsync). <see cref="RandomAccess.FlushToDisk"/>
/// is not enough: outside Windows, .NET 10 ignores the result of fsync and reports no failure.
/// </summary>
internal static class DiskFlush
{
    private const int Interrupted = 4;
    private const int Invalid = 22;
    private const int ReadOnlyFileSystem = 30;
    private const int NotSupportedMac = 45;
    private const int MacFullSync = 51;

    /// <summary>Flushes an open file or folder.</summary>
    /// <param name="file">The file or folder.</param>
    /// <param name="name">The name of the file or folder, for the message of the exception.</param>
    /// <exception cref="IOException">
    /// The disk has failed, and bytes may be lost. The system reports a lost write only once, so a second flush would succeed.
    /// </exception>
    public static void Of(SafeFileHandle file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        // On macOS, fsync returns when the bytes are in the cache of the disk. Only F_FULLFSYNC waits until the bytes are on the
        // disk.
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
