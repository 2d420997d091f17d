using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>An entry of a folder, links not followed.</summary>
internal readonly record struct FolderEntry(string Name, FileStat Stat);

/// <summary>
/// An open folder. What is done by it is done in this very folder, wherever it has been moved and whatever has its name by
/// now; and no name in it is followed when it is a link.
/// </summary>
internal abstract class Folder(string place) : IDisposable
{
    private SafeFileHandle? _toFlush;

    /// <summary>Where it was when it was opened.</summary>
    public string Place => place;

    /// <summary>What can be written to this file system, in bytes.</summary>
    public abstract long FreeSpace { get; }

    /// <summary>What there is of this name; null for nothing.</summary>
    public abstract FileStat? Look(string name);

    /// <summary>A new file to write to and read from. Only this user may open it, until it is given other rights.</summary>
    /// <exception cref="IOException">It cannot be made, or is there; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public abstract SafeFileHandle Create(string name);

    /// <summary>A file that is there, to write to and read from.</summary>
    /// <exception cref="IOException">It cannot be opened, or is not there; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public abstract SafeFileHandle Open(string name);

    /// <summary>
    /// Gives an open file the rights that it is to have under a name in this folder: those of the file that has this name now,
    /// else those of any new file here. What the system does not permit is left out, and never makes the file open to more.
    /// </summary>
    public abstract void GiveAccess(SafeFileHandle file, string name);

    /// <summary>Gives a file of this folder a name in another, in place of whatever file has it there.</summary>
    public abstract void Move(string name, Folder to, string newName);

    public abstract void DeleteFile(string name);

    /// <exception cref="IOException">It is not empty (<see cref="FileFault.NotEmpty"/>), among others.</exception>
    public abstract void DeleteFolder(string name);

    /// <summary>Makes a folder, unless there is one, and opens it.</summary>
    public abstract Folder Enter(string name, out bool isNew);

    /// <summary>The names in it, in no order, and whether each is a folder: cheaper than <see cref="Entries"/>, which looks at each.</summary>
    public abstract IEnumerable<(string Name, bool IsFolder)> Names();

    /// <summary>What is in it, in no order.</summary>
    public abstract IEnumerable<FolderEntry> Entries();

    /// <summary>
    /// Opens what <see cref="Flush"/> needs. Call it before a name is changed: when no descriptor is left, the change can still
    /// be refused.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public void PrepareFlush() => _toFlush ??= OpenToFlush();

    /// <summary>
    /// Waits until the disk itself has the names in this folder. Until then a power failure can undo a rename or a deletion.
    /// A folder that cannot be flushed is left to the system: on Windows, and where this process may write but not list.
    /// </summary>
    /// <exception cref="IOException">The disk has failed; the names may be on it or not.</exception>
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

    /// <summary>The folder, opened in a way that can be flushed; null where the system or its rights do not allow that.</summary>
    protected abstract SafeFileHandle? OpenToFlush();

    private void Close()
    {
        _toFlush?.Dispose();
        _toFlush = null;
    }
}
