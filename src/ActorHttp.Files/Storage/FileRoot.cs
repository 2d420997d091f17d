using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>Something that has been opened to be read: by its handle it is what it was found to be, whatever its name becomes.</summary>
internal readonly record struct OpenedFile(SafeFileHandle Handle, FileStat Stat) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}

/// <summary>
/// The folder that is served. Nothing outside it is read or written, whatever links there are inside: links are followed by
/// us, in text, and what they lead to is then opened in a way that follows none, so that nobody can change a link in between.
/// </summary>
internal abstract class FileRoot
{
    // After Linux, which gives up (ELOOP) at 40 links on one path.
    private const int MostLinks = 40;

    private readonly string _configured;
    private readonly string _root;

    protected FileRoot(string directory)
    {
        _configured = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _root = Resolve(_configured);
    }

    /// <summary>Whether the folder is there: it can be removed or unmounted at any time.</summary>
    public virtual bool Exists => Directory.Exists(_root);

    /// <summary>Whether the configured name still leads to this folder: a link in it can be switched at any time.</summary>
    public bool IsCurrent => Resolve(_configured).Equals(_root, StringComparison.Ordinal);

    /// <summary>Where the folder is, links followed.</summary>
    public string Place => _root;

    /// <summary>The name that was configured, absolute. Links in it are not resolved.</summary>
    protected string Configured => _configured;

    /// <summary>What makes two names of a place one: on Windows and macOS file systems do not tell cases apart.</summary>
    public static StringComparer PlaceComparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>A root at an existing directory.</summary>
    public static FileRoot At(string directory) => LibC.IsUsable ? new LinuxRoot(directory) : new PortableRoot(directory);

    /// <summary>
    /// The root to which the configured name leads now. Each request asks once and keeps the answer, so that it sees one root
    /// throughout. Call <see cref="Release"/> at the end of the request.
    /// </summary>
    public virtual FileRoot Now() => IsCurrent ? this : Renew();

    /// <summary>Frees what the root holds for one request.</summary>
    public virtual void Release()
    {
    }

    /// <summary>
    /// The place that a path names, with every link on the way followed; null when that is outside the root. The place
    /// need not exist.
    /// </summary>
    public string? Locate(FilePath path)
    {
        var real = RealPath(Join(path));
        return Contains(real) ? real : null;
    }

    /// <summary>
    /// The place of the entry that a path names: links on the way to its folder are followed, and the entry itself is not.
    /// Null when the folder is outside the root. The place need not exist.
    /// </summary>
    public string? LocateEntry(FilePath path)
    {
        if (path.Segments.Count == 0)
            return _root;
        var parent = RealPath(Join(path.Parent));
        return Contains(parent) ? Path.Combine(parent, path.Name) : null;
    }

    /// <summary>
    /// The place whose writer removes what a path names. That is the place of the bytes, as for a PUT, so that conditions on a
    /// link are weighed where its target is written. A link without a target inside is its own place.
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

    /// <summary>Opens what is at a path to read it, a directory too; null when it is outside the root.</summary>
    /// <exception cref="IOException">There is nothing, or it cannot be opened; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public abstract OpenedFile? Open(FilePath path);

    /// <summary>What is at a path; null when there is nothing, or it is outside the root.</summary>
    /// <exception cref="IOException">It cannot be looked at; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public abstract FileStat? Look(FilePath path);

    /// <summary>
    /// The folder at a place that <see cref="Locate"/> gave, to change what is in it; null when there is none, or a link has
    /// come in the way.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public abstract Folder? OpenFolder(string place);

    /// <summary>Whether a place, on the way to which there are no links, is the root or in it.</summary>
    public bool Contains(string place) =>
        place.Equals(_root, StringComparison.Ordinal)
        || place.StartsWith(Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The deepest folder on the way to a place that exists.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none: the root itself has gone.</exception>
    public Folder OpenNearestFolder(string place)
    {
        for (var folder = place; folder is not null && Contains(folder); folder = Path.GetDirectoryName(folder))
        {
            if (OpenFolder(folder) is { } opened)
                return opened;
        }

        throw new DirectoryNotFoundException("The folder that is served has gone.");
    }

    /// <summary>What is at a place that <see cref="Locate"/> gave; null when there is nothing.</summary>
    public FileStat? LookAt(string place)
    {
        if (place == _root)
            return new FileStat(FileKind.Directory, default);
        using var folder = OpenFolder(Path.GetDirectoryName(place)!);
        return folder?.Look(Path.GetFileName(place));
    }

    /// <summary>A root of the same kind for the place to which the configured name leads now.</summary>
    protected abstract FileRoot Renew();

    /// <summary>Where a folder is, links followed. One that leads in a circle stays as it is, and does not exist.</summary>
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

    // What realpath(3) does, but for paths whose end does not exist as well.
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
