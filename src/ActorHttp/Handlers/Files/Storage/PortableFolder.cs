using System.Runtime.InteropServices;
using ActorHttp.Settings;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// Opens files without waiting. Opening a named pipe blocks until somebody writes to it, and .NET has no way to say that
/// it must not: one pipe in the folder would hold up every other file.
/// </summary>
internal static class PlainFile
{
    private const int LinuxNonBlocking = 0x800;
    private const int LinuxCloseOnExec = 0x80000;
    private const int MacNonBlocking = 0x4;
    private const int MacCloseOnExec = 0x1000000;

    /// <summary>A handle to read from.</summary>
    /// <exception cref="IOException">The file cannot be opened; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static SafeFileHandle OpenToRead(string path)
    {
        if (Flags() is { } flags && Open(path, flags, 0) is var descriptor and >= 0)
            return NotOfReserve(new SafeFileHandle(descriptor, ownsHandle: true));

        // On other systems; and where the open failed, for the exception that says why.
        return NotOfReserve(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
    }

    /// <summary>A new file to write to.</summary>
    /// <exception cref="IOException">The file cannot be made, or is there; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static SafeFileHandle Create(string path)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        try
        {
            return NotOfReserve(handle);
        }
        catch (IOException)
        {
            File.Delete(path);
            throw;
        }
    }

    private static SafeFileHandle NotOfReserve(SafeFileHandle handle)
    {
        if (!OpenFiles.IsOfReserve(handle.DangerousGetHandle()))
            return handle;
        handle.Dispose();
        throw new IOException("Too many files are open.", FileFault.TooManyFiles);
    }

    /// <summary>Whether there are bytes at positions behind it: not in a pipe, a socket or a terminal.</summary>
    public static bool Is(SafeFileHandle handle)
    {
        try
        {
            return RandomAccess.GetLength(handle) >= 0;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static int? Flags()
    {
        if (OperatingSystem.IsLinux())
            return LinuxNonBlocking | LinuxCloseOnExec;
        return OperatingSystem.IsMacOS() ? MacNonBlocking | MacCloseOnExec : null;
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);
}
