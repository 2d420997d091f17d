using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// A root that uses only .NET methods, for macOS, Windows, and Linux without statx. The root checks a path for links before and
/// after it opens the file. A link that is inserted and removed between the two checks is not detected.
/// </summary>
internal sealed class PortableRoot(string directory) : FileRoot(directory)
{
    public override OpenedFile? Open(FilePath path)
    {
        if (Locate(path) is not { } place)
            return null;
        if (PortableFolder.StatOf(place) is not { } stat)
            throw new FileNotFoundException($"There is no {place}.");

        if (stat.Kind != FileKind.File)
            return new OpenedFile(new SafeFileHandle(), stat);
        var handle = Descriptors.NotOfReserve(OpenWithoutWaiting(place));
        if (Locate(path) != place)
        {
            handle.Dispose();
            return null;
        }

        if (!CanSeek(handle))
            return new OpenedFile(handle, new FileStat(FileKind.Other, default));
        var version = new FileVersion(RandomAccess.GetLength(handle), new DateTimeOffset(File.GetLastWriteTimeUtc(handle), TimeSpan.Zero));
        return new OpenedFile(handle, new FileStat(FileKind.File, version));
    }

    public override FileStat? Look(FilePath path) => Locate(path) is { } place ? PortableFolder.StatOf(place) : null;

    public override Folder? OpenFolder(string place) =>
        Directory.Exists(place) && RealPath(place) == place ? new PortableFolder(place) : null;

    protected override FileRoot Renew() => new PortableRoot(Configured);

    // Opens a file without waiting, on macOS. Opening a named pipe waits until another process opens the pipe for writing, and
    // .NET has no flag that prevents the wait.
    private static SafeFileHandle OpenWithoutWaiting(string path)
    {
        const int macNonBlockingCloseOnExec = 0x1000004;
        if (OperatingSystem.IsMacOS() && Open(path, macNonBlockingCloseOnExec) is var descriptor and >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);

        // Opens the file on the other systems. On macOS, after a failure of the open above, this call throws the exception with
        // the reason.
        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    // Pipes, sockets and terminals cannot seek.
    private static bool CanSeek(SafeFileHandle handle)
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

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    internal static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}

/// <summary>A folder that is addressed by its path.</summary>
internal sealed class PortableFolder(string place) : Folder(place)
{
    // The mode bits without setuid, setgid and sticky, as in FileRights.Kept.
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const int MacCloseOnExec = 0x1000000;

    public override long FreeSpace => new DriveInfo(Place).AvailableFreeSpace;

    /// <summary>Returns the kind and the version of the file at a place, without following a link; null when there is no file.</summary>
    public static FileStat? StatOf(string place)
    {
        FileSystemInfo info = Directory.Exists(place) ? new DirectoryInfo(place) : new FileInfo(place);
        if (info.LinkTarget is not null)
            return new FileStat(FileKind.Link, default);
        if (!info.Exists)
            return null;
        var modified = new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero);
        if (info is not FileInfo file)
            return new FileStat(FileKind.Directory, new FileVersion(0, modified));
        return new FileStat(FileKind.File, new FileVersion(file.Length, modified));
    }

    public override FileStat? Look(string name) => StatOf(At(name));

    public override SafeFileHandle Create(string name)
    {
        var handle = CreateFile(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            return Descriptors.NotOfReserve(handle);
        }
        catch (IOException)
        {
            DeleteFile(name);
            throw;
        }
    }

    public override SafeFileHandle Open(string name) =>
        Descriptors.NotOfReserve(File.OpenHandle(At(name), FileMode.Open, FileAccess.ReadWrite, FileShare.Read));

    // On Windows, a file gets the access list of its folder. On other systems .NET can neither read nor set the owner, so only
    // the mode is copied.
    public override void GiveAccess(SafeFileHandle file, string name)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            var replaces = StatOf(At(name)) is { Kind: FileKind.File };
            File.SetUnixFileMode(file, replaces ? File.GetUnixFileMode(At(name)) & Permissions : ModeOfNewFile());
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // The file system has no modes, or does not permit to set a mode. Only the user of the server process can open the
            // file.
        }
    }

    public override void Move(string name, Folder to, string newName) =>
        File.Move(At(name), Path.Combine(to.Place, newName), overwrite: true);

    public override void DeleteFile(string name)
    {
        // Checks for a missing file, because File.Delete reports no error for a missing file.
        if (StatOf(At(name)) is not { } found)
            throw new FileNotFoundException($"There is no {FileName.Visible(name)}.");

        // Windows distinguishes links to files and links to folders. Each kind has its own method to delete it.
        if (OperatingSystem.IsWindows() && found.Kind == FileKind.Link && File.GetAttributes(At(name)).HasFlag(FileAttributes.Directory))
            Directory.Delete(At(name));
        else
            File.Delete(At(name));
    }

    public override void DeleteFolder(string name)
    {
        if (Directory.EnumerateFileSystemEntries(At(name)).Any())
            throw new IOException("The folder is not empty.", FileFault.NotEmpty);
        Directory.Delete(At(name));
    }

    public override Folder Enter(string name, out bool isNew)
    {
        isNew = !Directory.Exists(At(name));
        Directory.CreateDirectory(At(name));
        return new PortableFolder(At(name));
    }

    public override IEnumerable<(string Name, bool IsFolder)> Names()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(Place))
            yield return (Path.GetFileName(path), StatOf(path) is { Kind: FileKind.Directory });
    }

    public override IEnumerable<FolderEntry> Entries()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(Place))
        {
            if (StatOf(path) is { } stat)
                yield return new FolderEntry(Path.GetFileName(path), stat);
        }
    }

    // Calls open(2), because .NET cannot open a folder.
    protected override SafeFileHandle? OpenToFlush()
    {
        if (OperatingSystem.IsWindows())
            return null;
        var flags = OperatingSystem.IsMacOS() ? MacCloseOnExec : LibC.CloseOnExec;
        var descriptor = PortableRoot.Open(Place, flags);
        if (descriptor >= 0)
            return Descriptors.NotOfReserve(descriptor);
        return Marshal.GetLastPInvokeError() switch
        {
            LibC.AccessDenied or LibC.NotPermitted => null,
            var fault => throw LibC.Fault(fault, Place),
        };
    }

    // Creates a file with all rights and reads back its mode, because .NET cannot read the umask. The system has removed the bits
    // of the umask from that mode.
    private UnixFileMode ModeOfNewFile()
    {
        const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var probe = At(UploadFile.TemporaryPrefix + Guid.NewGuid().ToString("N"));
        using var file = CreateFile(probe, everybody);
        try
        {
            return OperatingSystem.IsWindows() ? everybody : File.GetUnixFileMode(file);
        }
        finally
        {
            File.Delete(probe);
        }
    }

    private static SafeFileHandle CreateFile(string place, UnixFileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;

        // Creates a stream, because .NET sets a mode only through FileStream. Only the handle of the stream is used.
        var stream = new FileStream(place, options);
        GC.SuppressFinalize(stream);
        return stream.SafeFileHandle;
    }

    private string At(string name) => Path.Combine(Place, name);
}
