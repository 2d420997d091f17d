using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>A file or folder that is open for reading. The handle stays valid when the file is renamed.</summary>
internal readonly record struct OpenedFile(SafeFileHandle Handle, FileStat Stat) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}

/// <summary>
/// The folder that is served (the root). No file outside the root is read or written, even when links in the root lead outside.
/// This class first resolves all links in a path as text. The result is called the place of the path. Then the place is opened in
/// a way that follows no link, so a link that is changed between the two steps has no effect.
/// </summary>
internal abstract class FileRoot
{
    // The limit of Linux, which reports ELOOP for a path with more than 40 links.
    private const int MostLinks = 40;

    private readonly string _configured;
    private readonly string _root;

    protected FileRoot(string directory)
    {
        _configured = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _root = Resolve(_configured);
    }

    /// <summary>Whether the root folder exists. The folder can be removed or unmounted at any time.</summary>
    public virtual bool Exists => Directory.Exists(_root);

    /// <summary>Whether the configured path still leads to this root. A link in the configured path can be changed at any time.</summary>
    public bool IsCurrent => Resolve(_configured).Equals(_root, StringComparison.Ordinal);

    /// <summary>The place of the root: its absolute path with all links resolved.</summary>
    public string Place => _root;

    /// <summary>The configured path as an absolute path, with links not resolved.</summary>
    protected string Configured => _configured;

    /// <summary>Compares places. The comparison ignores case on Windows and macOS, as their file systems do.</summary>
    public static StringComparer PlaceComparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Returns the root for an existing directory.</summary>
    public static FileRoot At(string directory) => LibC.IsUsable ? new LinuxRoot(directory) : new PortableRoot(directory);

    /// <summary>
    /// Returns the root to which the configured path leads now. Each request calls this method once and uses the returned root
    /// for all its operations. The request must call <see cref="Release"/> at the end.
    /// </summary>
    public virtual FileRoot Now() => IsCurrent ? this : Renew();

    /// <summary>Closes the files that the root has opened for one request.</summary>
    public virtual void Release()
    {
    }

    /// <summary>
    /// Returns the place of a path: the absolute path with all links resolved. Returns null when the place is outside the root.
    /// There may be no file at the place.
    /// </summary>
    public string? Locate(FilePath path)
    {
        var real = RealPath(Join(path));
        return Contains(real) ? real : null;
    }

    /// <summary>
    /// Returns the place of an entry. The links in the path of its folder are resolved; the entry itself may be a link and is not
    /// resolved. Returns null when the folder is outside the root. There may be no file at the place.
    /// </summary>
    public string? LocateEntry(FilePath path)
    {
        if (path.Segments.Count == 0)
            return _root;
        var parent = RealPath(Join(path.Parent));
        return Contains(parent) ? Path.Combine(parent, path.Name) : null;
    }

    /// <summary>
    /// Returns the place whose writer actor handles a removal. A path with links gives the place of the target, as for a PUT, so
    /// that the writer of the target evaluates the preconditions. A link without a target in the root gives the place of the
    /// link.
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
            // The links form a circle.
        }

        return LocateEntry(path);
    }

    /// <summary>Opens a file or directory for reading. Returns null when the path leads outside the root.</summary>
    /// <exception cref="IOException">There is no file at the path, or the file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit access to the file.</exception>
    public abstract OpenedFile? Open(FilePath path);

    /// <summary>
    /// Returns the kind and the version of the file at a path. Returns null when there is no file, or when the path leads outside
    /// the root.
    /// </summary>
    /// <exception cref="IOException">The file system cannot read the metadata of the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit access to the file.</exception>
    public abstract FileStat? Look(FilePath path);

    /// <summary>
    /// Opens the folder at a place that <see cref="Locate"/> has returned, to change the entries of the folder. Returns null when
    /// there is no folder, or when a part of the place has become a link since.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit access to the folder.</exception>
    public abstract Folder? OpenFolder(string place);

    /// <summary>Whether a place is the root or below the root. The given path must not contain links.</summary>
    public bool Contains(string place) =>
        place.Equals(_root, StringComparison.Ordinal)
        || place.StartsWith(Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Opens the deepest existing folder among the parent folders of a place, or the folder at the place itself.</summary>
    /// <exception cref="DirectoryNotFoundException">The root does not exist any more.</exception>
    public Folder OpenNearestFolder(string place)
    {
        for (var folder = place; folder is not null && Contains(folder); folder = Path.GetDirectoryName(folder))
        {
            if (OpenFolder(folder) is { } opened)
                return opened;
        }

        throw new DirectoryNotFoundException("The folder that is served has gone.");
    }

    /// <summary>
    /// Returns the kind and the version of the file at a place that <see cref="Locate"/> has returned; null when there is no
    /// file.
    /// </summary>
    public FileStat? LookAt(string place)
    {
        if (place == _root)
            return new FileStat(FileKind.Directory, default);
        using var folder = OpenFolder(Path.GetDirectoryName(place)!);
        return folder?.Look(Path.GetFileName(place));
    }

    /// <summary>Creates a root of the same class for the place to which the configured path leads now.</summary>
    protected abstract FileRoot Renew();

    /// <summary>
    /// Returns the place of a folder. A path whose links form a circle is returned unchanged, because no folder exists at such a
    /// path.
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

    // Resolves all links like realpath(3), but also accepts a path whose last parts do not exist.
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
