using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>An entry of a folder. An entry that is a link is described as a link; the link is not followed.</summary>
internal readonly record struct FolderEntry(string Name, FileStat Stat);

/// <summary>
/// An open folder. On Linux all operations use the folder that was opened, even when the folder has been moved or another folder
/// has its name now. Operations follow no links.
/// </summary>
internal abstract class Folder(string place) : IDisposable
{
    private SafeFileHandle? _toFlush;

    /// <summary>The place of the folder when it was opened.</summary>
    public string Place => place;

    /// <summary>The free space of the file system for this process, in bytes.</summary>
    public abstract long FreeSpace { get; }

    /// <summary>Returns the kind and the version of an entry; null when there is no entry with this name.</summary>
    public abstract FileStat? Look(string name);

    /// <summary>
    /// Creates a file for reading and writing. Only the user of the server process can open the file, until <see
    /// cref="GiveAccess"/> sets other rights.
    /// </summary>
    /// <exception cref="IOException">The file exists already, or cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit to create the file.</exception>
    public abstract SafeFileHandle Create(string name);

    /// <summary>Opens a file for reading and writing.</summary>
    /// <exception cref="IOException">The file does not exist, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit access to the file.</exception>
    public abstract SafeFileHandle Open(string name);

    /// <summary>
    /// Sets the rights of an open file that will get a name in this folder. If a file with that name exists, its rights are
    /// copied. Otherwise the file gets the rights of any new file in this folder. Rights that the system does not permit to set
    /// are skipped. A skipped right never gives more users access to the file.
    /// </summary>
    public abstract void GiveAccess(SafeFileHandle file, string name);

    /// <summary>Moves a file of this folder to a name in another folder. Replaces a file that has that name already.</summary>
    public abstract void Move(string name, Folder to, string newName);

    public abstract void DeleteFile(string name);

    /// <exception cref="IOException">The folder is not empty (<see cref="FileFault.NotEmpty"/>), or cannot be removed.</exception>
    public abstract void DeleteFolder(string name);

    /// <summary>Opens a folder inside this folder. Creates the inner folder when it does not exist.</summary>
    public abstract Folder Enter(string name, out bool isNew);

    /// <summary>
    /// Returns the names of the entries in no order, and for each name whether the entry is a folder. Costs less than <see
    /// cref="Entries"/>, which reads the metadata of each entry.
    /// </summary>
    public abstract IEnumerable<(string Name, bool IsFolder)> Names();

    /// <summary>Returns the entries of the folder, in no order.</summary>
    public abstract IEnumerable<FolderEntry> Entries();

    /// <summary>
    /// Opens the descriptor that <see cref="Flush"/> needs. Call this method before a change of the folder: when the process has
    /// no free descriptor, the change can still be refused.
    /// </summary>
    /// <exception cref="IOException">The descriptor cannot be opened.</exception>
    public void PrepareFlush() => _toFlush ??= OpenToFlush();

    /// <summary>
    /// Waits until the entries of this folder are on the disk. Before that, a power failure can undo a rename or a deletion. Does
    /// nothing when the process cannot flush the folder: on Windows, and in a folder that the process may write but not list. In
    /// that case the system writes the entries later.
    /// </summary>
    /// <exception cref="IOException">The disk has failed. The entries may or may not be on the disk.</exception>
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

    /// <summary>
    /// Opens the folder so that <see cref="Flush"/> can flush it. Returns null when the system or the rights of the folder do not
    /// allow a flush.
    /// </summary>
    protected abstract SafeFileHandle? OpenToFlush();

    private void Close()
    {
        _toFlush?.Dispose();
        _toFlush = null;
    }
}
