using ActorHttp.Buffers;
using ActorHttp.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// A root on Linux. The kernel opens a path in one call that fails when the path contains a link. In that case this class
/// resolves the links as text, and opens the resulting place with the same call. So the opened file is always the file whose
/// place was checked. A link that is inserted between the check and the open makes the open fail.
/// </summary>
internal class LinuxRoot(string directory, bool usesOpenAt2 = true) : FileRoot(directory)
{
    private readonly bool _usesOpenAt2 = usesOpenAt2 && LibC.HasOpenAt2;

    public override OpenedFile? Open(FilePath path)
    {
        // O_NONBLOCK: without this flag, opening a named pipe waits until another process opens the pipe for writing. O_NOCTTY:
        // without this flag, a terminal in the folder could become the controlling terminal of this process.
        if (TryOpen(path, LibC.ReadOnly | LibC.NonBlocking | LibC.NoControllingTerminal, out var opened) is var fault and not 0)
            throw LibC.Fault(fault, Join(path));
        if (opened is not { } descriptor)
            return null;
        var handle = Descriptors.NotOfReserve(descriptor);
        try
        {
            return new OpenedFile(handle, LibC.Stat(descriptor));
        }
        catch (IOException)
        {
            handle.Dispose();
            throw;
        }
    }

    public override FileStat? Look(FilePath path)
    {
        if (TryOpen(path, LibC.PathOnly, out var opened) is var fault and not 0)
            return fault is LibC.NoEntry or LibC.NotDirectory or LibC.TooManyLinks ? null : throw LibC.Fault(fault, Join(path));
        if (opened is not { } descriptor)
            return null;
        using var handle = Descriptors.NotOfReserve(descriptor);
        return LibC.Stat(descriptor);
    }

    public override Folder? OpenFolder(string place) => TryOpen(place, LibC.PathOnly | LibC.OnlyFolders, out var descriptor) switch
    {
        0 => new LinuxFolder(place, Descriptors.NotOfReserve(descriptor)),
        LibC.NoEntry or LibC.NotDirectory or LibC.TooManyLinks => null,
        var fault => throw LibC.Fault(fault, place),
    };

    protected override FileRoot Renew() => new LinuxRoot(Configured, usesOpenAt2);

    // One system call finds out whether the path contains a link. Only a path with a link is resolved part by part.
    protected override string Resolve(string directory) =>
        _usesOpenAt2 && LibC.TryOpenWithoutLinks(directory, LibC.PathOnly, out var descriptor) == 0 && LibC.Close(descriptor)
            ? directory
            : base.Resolve(directory);

    protected override string? ReadLink(string path) => LibC.ReadLink(path);

    /// <summary>Opens a path. Returns 0 or an errno. Returns 0 and a null descriptor when the path leads outside the root.</summary>
    protected virtual int TryOpen(FilePath path, int flags, out int? opened)
    {
        var fault = TryOpen(Join(path), flags, out var descriptor);
        opened = descriptor;
        if (fault != LibC.TooManyLinks)
            return fault;
        if (Locate(path) is not { } place)
        {
            opened = null;
            return 0;
        }

        fault = TryOpen(place, flags, out descriptor);
        opened = descriptor;
        return fault;
    }

    private int TryOpen(string place, int flags, out int descriptor) =>
        _usesOpenAt2 ? LibC.TryOpenWithoutLinks(place, flags, out descriptor) : Walk(place, flags, out descriptor);

    // Opens a path on a kernel without openat2. Opens one part of the path after the other, each in the folder that the previous
    // call has opened.
    private static int Walk(string place, int flags, out int descriptor)
    {
        var names = place.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var fault = LibC.TryOpenAt(LibC.CurrentFolder, "/", names.Length == 0 ? flags : LibC.PathOnly | LibC.OnlyFolders, out descriptor);
        for (var i = 0; i < names.Length && fault == 0; i++)
        {
            using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
            var isLast = i == names.Length - 1;
            var itsFlags = isLast ? flags : LibC.PathOnly | LibC.OnlyFolders;
            fault = LibC.TryOpenAt((int)folder.DangerousGetHandle(), names[i], itsFlags, out descriptor);

            // For a link, the kernel reports ELOOP or ENOTDIR or no error, depending on the other flags. All three cases become
            // ELOOP.
            if (fault == LibC.NotDirectory && LibC.StatAt((int)folder.DangerousGetHandle(), names[i]) is { Kind: FileKind.Link })
                fault = LibC.TooManyLinks;
            if (fault == 0 && isLast && (flags & LibC.PathOnly) != 0 && LibC.Stat(descriptor).Kind == FileKind.Link)
            {
                LibC.Close(descriptor);
                fault = LibC.TooManyLinks;
            }
        }

        return fault;
    }
}

/// <summary>
/// A root for threads that must not wait for a disk. Opens only files whose metadata is in memory, and follows no link below the
/// root. The kernel follows the links in the configured path. For this purpose the folder of the root is opened once for each
/// request, and files are opened relative to its descriptor. While the configured path has no links, one system call opens a
/// file. Only one thread may use an instance.
/// </summary>
internal sealed class CachedRoot(string directory, RemoteMounts? mounts = null) : LinuxRoot(directory)
{
    private readonly RemoteMounts _mounts = mounts ?? new RemoteMounts();

    // Whether an earlier request has found a link in the configured path. In that case opening by name would fail, so the call is
    // skipped. When the path has no links any more, opening the folder first still gives the right file.
    private bool _hasLinks;

    // How this request opens files: by name, or below the open folder. The way does not change during a request, because a
    // changed link could lead to another root.
    private SafeFileHandle? _folder;
    private string? _folderPlace;
    private bool _isByName;

    // Returns true without a check, because the check could wait for a disk. The actors that may wait do the check.
    public override bool Exists => true;

    public override FileRoot Now()
    {
        Release();
        return this;
    }

    public override void Release()
    {
        _folder?.Dispose();
        _folder = null;
        _isByName = false;
    }

    /// <exception cref="WouldWaitException">
    /// Opening the path would have to wait for a disk, or the open has failed. After a failure, the caller opens the path in a
    /// way that waits, and that open reports the fault.
    /// </exception>
    protected override int TryOpen(FilePath path, int flags, out int? opened)
    {
        opened = null;
        var fault = _folder is not null || (_hasLinks && !_isByName) ? LibC.TooManyLinks : OpenByName(path, flags, out opened);
        if (fault == LibC.TooManyLinks && !_isByName)
            fault = OpenBelowFolder(path, flags, out opened);
        return fault is 0 or LibC.NoEntry ? fault : throw new WouldWaitException();
    }

    private int OpenByName(FilePath path, int flags, out int? opened)
    {
        var place = Path.Combine([Configured, .. path.Segments]);
        StayLocal(place);
        var fault = LibC.TryOpenWithoutLinks(place, flags, out var descriptor, isCached: true);
        _isByName |= fault is 0 or LibC.NoEntry;
        opened = descriptor;
        return fault;
    }

    // Throws for a path on a remote file system. On such a file system, the kernel asks the other machine at each open, even when
    // the file is in memory.
    private void StayLocal(string place)
    {
        if (_mounts.Cover(place))
            throw new WouldWaitException();
    }

    private int OpenBelowFolder(FilePath path, int flags, out int? opened)
    {
        opened = null;
        if (_folder is null)
        {
            if (LibC.TryOpenCachedFolder(Configured, out var folder) is var refusal and not 0)
                return refusal == LibC.NoEntry ? LibC.Again : refusal;
            _folder = Descriptors.NotOfReserve(folder);
            _folderPlace = _mounts.HasAny ? LibC.ReadLink($"/proc/self/fd/{folder}") : null;
        }

        if (_folderPlace is not null)
            StayLocal(Path.Combine([_folderPlace, .. path.Segments]));
        var below = path.Segments.Count == 0 ? "." : string.Join('/', path.Segments);
        var fault = LibC.TryOpenCachedBelow((int)_folder.DangerousGetHandle(), below, flags, out var descriptor);
        _hasLinks |= fault is 0 or LibC.NoEntry;
        opened = descriptor;
        return fault;
    }
}

/// <summary>An operation that must not wait for a disk would have to wait.</summary>
internal sealed class WouldWaitException() : IOException("This would have to wait for a disk.");

/// <summary>A folder on Linux, addressed by its descriptor.</summary>
internal sealed class LinuxFolder(string place, SafeFileHandle handle) : Folder(place)
{
    public override long FreeSpace => LibC.FreeSpace(Descriptor);

    private int Descriptor => (int)handle.DangerousGetHandle();

    public override FileStat? Look(string name) => LibC.StatAt(Descriptor, name);

    public override SafeFileHandle Create(string name)
    {
        var descriptor = OpenAt(name, LibC.ReadWrite | LibC.Create | LibC.Exclusive);
        try
        {
            return Descriptors.NotOfReserve(descriptor);
        }
        catch (IOException)
        {
            DeleteFile(name);
            throw;
        }
    }

    public override SafeFileHandle Open(string name) => Descriptors.NotOfReserve(OpenAt(name, LibC.ReadWrite | LibC.NonBlocking));

    public override void GiveAccess(SafeFileHandle file, string name) => FileRights.Give((int)file.DangerousGetHandle(), Descriptor, name);

    public override void Move(string name, Folder to, string newName) =>
        LibC.Rename(Descriptor, name, ((LinuxFolder)to).Descriptor, newName);

    public override void DeleteFile(string name) => LibC.Unlink(Descriptor, name, isFolder: false);

    public override void DeleteFolder(string name) => LibC.Unlink(Descriptor, name, isFolder: true);

    public override Folder Enter(string name, out bool isNew)
    {
        isNew = LibC.MakeFolder(Descriptor, name);
        return new LinuxFolder(Path.Combine(Place, name), Descriptors.NotOfReserve(OpenAt(name, LibC.PathOnly | LibC.OnlyFolders)));
    }

    public override IEnumerable<(string Name, bool IsFolder)> Names()
    {
        foreach (var (name, isFolder) in LibC.Names(OpenAt(".", LibC.ReadOnly | LibC.OnlyFolders)))
            yield return (name, isFolder ?? Look(name) is { Kind: FileKind.Directory });
    }

    public override IEnumerable<FolderEntry> Entries()
    {
        foreach (var (name, _) in LibC.Names(OpenAt(".", LibC.ReadOnly | LibC.OnlyFolders)))
        {
            // StatAt returns null for an entry that has been removed since the names were read.
            if (LibC.StatAt(Descriptor, name) is { } stat)
                yield return new FolderEntry(name, stat);
        }
    }

    public override void Dispose()
    {
        handle.Dispose();
        base.Dispose();
    }

    // The folder is opened again, because a descriptor with O_PATH cannot be flushed.
    protected override SafeFileHandle? OpenToFlush() =>
        LibC.TryOpenAt(Descriptor, ".", LibC.ReadOnly | LibC.OnlyFolders, out var descriptor) switch
        {
            0 => Descriptors.NotOfReserve(descriptor),
            LibC.AccessDenied or LibC.NotPermitted => null,
            var fault => throw LibC.Fault(fault, Place),
        };

    private int OpenAt(string name, int flags) =>
        LibC.TryOpenAt(Descriptor, name, flags, out var descriptor) is var fault and not 0 ? throw LibC.Fault(fault, name) : descriptor;
}

/// <summary>Closes descriptors that belong to the reserve of the process (<see cref="OpenFiles"/>).</summary>
internal static class Descriptors
{
    public static SafeFileHandle NotOfReserve(int descriptor) => NotOfReserve(new SafeFileHandle(descriptor, ownsHandle: true));

    /// <summary>Returns the handle when its descriptor is not in the reserve. Otherwise closes the handle and throws.</summary>
    /// <exception cref="IOException">The descriptor is in the reserve (<see cref="FileFault.TooManyFiles"/>).</exception>
    public static SafeFileHandle NotOfReserve(SafeFileHandle handle)
    {
        if (!OpenFiles.IsOfReserve(handle.DangerousGetHandle()))
        {
            Resources.Open(handle);
            return handle;
        }

        handle.Dispose();
        throw new IOException("Too many files are open.", FileFault.TooManyFiles);
    }
}
