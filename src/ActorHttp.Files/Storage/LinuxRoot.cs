using ActorHttp.Buffers;
using ActorHttp.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// A root on Linux. A path is opened in one call in which the kernel follows no link at all; only when that meets one the
/// links are followed here, and the place where they end is opened in the same way. What is opened is so the place that was
/// found to be inside, and no other: there is no moment for a link to be put in the way.
/// </summary>
internal class LinuxRoot(string directory, bool usesOpenAt2 = true) : FileRoot(directory)
{
    private readonly bool _usesOpenAt2 = usesOpenAt2 && LibC.HasOpenAt2;

    public override OpenedFile? Open(FilePath path)
    {
        // Not waiting: opening a pipe would, until a writer comes, and hold up every other file. And a terminal in the folder
        // must not become the one that controls this process.
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

    // One call tells that there is no link in the name. Only a name with a link is read link by link.
    protected override string Resolve(string directory) =>
        _usesOpenAt2 && LibC.TryOpenWithoutLinks(directory, LibC.PathOnly, out var descriptor) == 0 && LibC.Close(descriptor)
            ? directory
            : base.Resolve(directory);

    protected override string? ReadLink(string path) => LibC.ReadLink(path);

    /// <summary>Answers 0, or what went wrong. The descriptor is null when the path leads out.</summary>
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

    // The same in many calls: name by name, each in the folder that the one before has opened.
    private static int Walk(string place, int flags, out int descriptor)
    {
        var names = place.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var fault = LibC.TryOpenAt(LibC.CurrentFolder, "/", names.Length == 0 ? flags : LibC.PathOnly | LibC.OnlyFolders, out descriptor);
        for (var i = 0; i < names.Length && fault == 0; i++)
        {
            using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
            var isLast = i == names.Length - 1;
            fault = LibC.TryOpenAt((int)folder.DangerousGetHandle(), names[i], isLast ? flags : LibC.PathOnly | LibC.OnlyFolders, out descriptor);

            // That a name is a link is told as ELOOP, ENOTDIR, or not at all, by what else was asked for.
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
/// The same for those who must not wait: what can be opened is only what the system has in memory of it, and is no link below
/// the root. Links in the configured name are followed by the kernel: the root is opened once for each request, and what is
/// below it by that descriptor. A name without links takes one call, as long as it has none. For one thread.
/// </summary>
internal sealed class CachedRoot(string directory, RemoteMounts? mounts = null) : LinuxRoot(directory)
{
    private readonly RemoteMounts _mounts = mounts ?? new RemoteMounts();

    // Only a hint, which spares a call that would fail: opening the root first is right for a name without links, too.
    private bool _hasLinks;

    // What this request has used. By the name once, it goes on so: a link that comes in between could lead to another root.
    private SafeFileHandle? _folder;
    private string? _folderPlace;
    private bool _isByName;

    // Looking may wait for a disk. The disk's own actors find out.
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

    /// <exception cref="WouldWaitException">It takes one that may wait to find out.</exception>
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

    // What the system has in memory of a remote disk does not keep an open from asking the other side.
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

/// <summary>What was asked for cannot be had without waiting for a disk.</summary>
internal sealed class WouldWaitException() : IOException("This would have to wait for a disk.");

/// <summary>A folder on Linux, by its descriptor.</summary>
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

    public override void Move(string name, Folder to, string newName) => LibC.Rename(Descriptor, name, ((LinuxFolder)to).Descriptor, newName);

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
            // Null for what has gone since.
            if (LibC.StatAt(Descriptor, name) is { } stat)
                yield return new FolderEntry(name, stat);
        }
    }

    public override void Dispose()
    {
        handle.Dispose();
        base.Dispose();
    }

    // A descriptor that was opened for the path only cannot be flushed.
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

/// <summary>Descriptors that we may use (<see cref="OpenFiles"/>).</summary>
internal static class Descriptors
{
    public static SafeFileHandle NotOfReserve(int descriptor) => NotOfReserve(new SafeFileHandle(descriptor, ownsHandle: true));

    /// <exception cref="IOException">It is of the reserve (<see cref="FileFault.TooManyFiles"/>), and closed again.</exception>
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
