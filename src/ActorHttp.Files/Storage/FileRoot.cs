using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>A file or folder that is open for reading. The handle stays valid for it, even when its name changes.</summary>
internal readonly record struct OpenedFile(SafeFileHandle Handle, FileStat Stat) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}

/// <summary>
/// The folder that is served. Nothing outside it is read or written, whatever links are inside. Links are resolved here, as text, and the
/// resulting place is opened in a way that follows no link. So a link that changes between the two steps has no effect.
/// </summary>
internal abstract class FileRoot
{
    // As Linux, which reports ELOOP after 40 links on one path.
    private const int MostLinks = 40;

    private readonly string _configured;
    private readonly string _root;

    protected FileRoot(string directory)
    {
        _configured = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _root = Resolve(_configured);
    }

    /// <summary>Whether the folder exists. It can be removed or unmounted at any time.</summary>
    public virtual bool Exists => Directory.Exists(_root);

    /// <summary>Whether the configured name still leads to this folder. A link in the name can be switched at any time.</summary>
    public bool IsCurrent => Resolve(_configured).Equals(_root, StringComparison.Ordinal);

    /// <summary>The place of the folder, with links resolved.</summary>
    public string Place => _root;

    /// <summary>The configured name as an absolute path. Links in it are not resolved.</summary>
    protected string Configured => _configured;

    /// <summary>Compares the names of places. The file systems of Windows and macOS ignore case.</summary>
    public static StringComparer PlaceComparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>A root at an existing directory.</summary>
    public static FileRoot At(string directory) => LibC.IsUsable ? new LinuxRoot(directory) : new PortableRoot(directory);

    /// <summary>
    /// The root to which the configured name leads now. Each request calls this once and keeps the result, so that it sees one root
    /// throughout. Call <see cref="Release"/> at the end of the request.
    /// </summary>
    public virtual FileRoot Now() => IsCurrent ? this : Renew();

    /// <summary>Closes what the root has opened for one request.</summary>
    public virtual void Release()
    {
    }

    /// <summary>
    /// The place that a path names, with every link on the way resolved; null when the place is outside the root. The place need not exist.
    /// </summary>
    public string? Locate(FilePath path)
    {
        var real = RealPath(Join(path));
        return Contains(real) ? real : null;
    }

    /// <summary>
    /// The place of the entry that a path names. Links on the way to its folder are resolved; the entry itself is not. Null when
    /// the folder is outside the root. The place need not exist.
    /// </summary>
    public string? LocateEntry(FilePath path)
    {
        if (path.Segments.Count == 0)
            return _root;
        var parent = RealPath(Join(path.Parent));
        return Contains(parent) ? Path.Combine(parent, path.Name) : null;
    }

    /// <summary>
    /// The place whose writer removes what a path names. It is the place of the bytes, as for a PUT, so that preconditions on a link are
    /// evaluated by the writer of its target. For a link without a target in the root it is the place of the link.
    /// </summary>
    public string? LocateRemoval(FilePath path)
    {
        try
        {
            if (Locate(path) is { } place)
                return place;
        }
        catch (FileNotFoundException)
        {
            // The link leads in a circle.
        }

        return LocateEntry(path);
    }

    /// <summary>Opens a file or directory for reading. Returns null when it is outside the root.</summary>
    /// <exception cref="IOException">There is nothing, or it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public abstract OpenedFile? Open(FilePath path);

    /// <summary>The entry at a path; null when there is none, or it is outside the root.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public abstract FileStat? Look(FilePath path);

    /// <summary>
    /// Opens the folder at a place that <see cref="Locate"/> returned, to change its entries. Returns null when there is none, or a
    /// link is in the way now.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public abstract Folder? OpenFolder(string place);

    /// <summary>Whether a place is the root or in it. The way to the place must have no links.</summary>
    public bool Contains(string place) =>
        place.Equals(_root, StringComparison.Ordinal)
        || place.StartsWith(Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Opens the deepest folder that exists on the way to a place.</summary>
    /// <exception cref="DirectoryNotFoundException">The root itself has gone.</exception>
    public Folder OpenNearestFolder(string place)
    {
        for (var folder = place; folder is not null && Contains(folder); folder = Path.GetDirectoryName(folder))
        {
            if (OpenFolder(folder) is { } opened)
                return opened;
        }

        throw new DirectoryNotFoundException("The folder that is served has gone.");
    }

    /// <summary>The entry at a place that <see cref="Locate"/> returned; null when there is none.</summary>
    public FileStat? LookAt(string place)
    {
        if (place == _root)
            return new FileStat(FileKind.Directory, default);
        using var folder = OpenFolder(Path.GetDirectoryName(place)!);
        return folder?.Look(Path.GetFileName(place));
    }

    /// <summary>Makes a root of the same kind for the place to which the configured name leads now.</summary>
    protected abstract FileRoot Renew();

    /// <summary>
    /// The place of a folder, with links resolved. A name whose links lead in a circle is returned unchanged; it does not exist.
    /// </summary>
    protected virtual string Resolve(string directory)
    {
        try
        {
            return RealPath(directory);
        }
        catch (FileNotFoundException)
        {
            return directory;
        }
    }

    protected string Join(FilePath path) => Path.Combine([_root, .. path.Segments]);

    protected virtual string? ReadLink(string path) => new FileInfo(path).LinkTarget;

    // Does what realpath(3) does, also for paths whose end does not exist.
    protected string RealPath(string path)
    {
        var links = 0;
        var rest = new Stack<string>();
        Push(rest, path);
        var real = Path.GetPathRoot(path)!;
        while (rest.TryPop(out var name))
        {
            if (name == ".")
                continue;
            if (name == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, name);
            var target = ReadLink(next);
            if (target is null)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                throw new FileNotFoundException($"Too many links on the way to {path}.");
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(target)!;
            Push(rest, target);
        }

        return real;
    }

    private static void Push(Stack<string> rest, string path)
    {
        var names = path[(Path.GetPathRoot(path)?.Length ?? 0)..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = names.Length - 1; i >= 0; i--)
            rest.Push(names[i]);
    }
}
