using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>An entry of a folder. A link is an entry itself; it is not followed.</summary>
internal readonly record struct FolderEntry(string Name, FileStat Stat);

/// <summary>
/// An open folder. All operations work in this folder itself, even when it has been moved or another folder has its name now. They
/// follow no links.
/// </summary>
internal abstract class Folder(string place) : IDisposable
{
    private SafeFileHandle? _toFlush;

    /// <summary>The place of the folder when it was opened.</summary>
    public string Place => place;

    /// <summary>The free space of the file system for this process, in bytes.</summary>
    public abstract long FreeSpace { get; }

    /// <summary>The entry of this name; null when there is none.</summary>
    public abstract FileStat? Look(string name);

    /// <summary>Creates a file, to read and write. Only the user of the server can open it until it gets other rights.</summary>
    /// <exception cref="IOException">It cannot be made, or is there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public abstract SafeFileHandle Create(string name);

    /// <summary>Opens a file, to read and write.</summary>
    /// <exception cref="IOException">It cannot be opened, or is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public abstract SafeFileHandle Open(string name);

    /// <summary>
    /// Gives an open file its rights under a name in this folder: those of the file that has this name now, else those of any new
    /// file here. Rights that the system does not permit to set are left out. The file is never open to more users because of that.
    /// </summary>
    public abstract void GiveAccess(SafeFileHandle file, string name);

    /// <summary>Moves a file of this folder to a name in another folder. It replaces a file of that name.</summary>
    public abstract void Move(string name, Folder to, string newName);

    public abstract void DeleteFile(string name);

    /// <exception cref="IOException">The folder is not empty (<see cref="FileFault.NotEmpty"/>), or cannot be removed.</exception>
    public abstract void DeleteFolder(string name);

    /// <summary>Opens a folder in this one, and creates it when there is none.</summary>
    public abstract Folder Enter(string name, out bool isNew);

    /// <summary>
    /// The names in the folder, in no order, and whether each is a folder. Cheaper than <see cref="Entries"/>, which looks at each
    /// entry.
    /// </summary>
    public abstract IEnumerable<(string Name, bool IsFolder)> Names();

    /// <summary>The entries of the folder, in no order.</summary>
    public abstract IEnumerable<FolderEntry> Entries();

    /// <summary>
    /// Opens the descriptor that <see cref="Flush"/> needs. Call it before a name is changed: when no descriptor is left, the
    /// change can still be refused.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public void PrepareFlush() => _toFlush ??= OpenToFlush();

    /// <summary>
    /// Waits until the names in this folder are on the disk itself. Until then a power failure can undo a rename or a deletion. A
    /// folder that cannot be flushed is left to the system: on Windows, and where this process may write but not list.
    /// </summary>
    /// <exception cref="IOException">The disk has failed. It is unknown whether the names are on it.</exception>
    public void Flush()
    {
        PrepareFlush();
        try
        {
            if (_toFlush is not null)
                DiskFlush.Of(_toFlush, Place);
        }
        finally
        {
            Close();
        }
    }

    public virtual void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the folder so that it can be flushed. Returns null where the system or its rights do not allow that.</summary>
    protected abstract SafeFileHandle? OpenToFlush();

    private void Close()
    {
        _toFlush?.Dispose();
        _toFlush = null;
    }
}
