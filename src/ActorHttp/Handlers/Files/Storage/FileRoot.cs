namespace ActorHttp.Handlers.Files;

/// <summary>The folder that is served. Nothing outside it is read or written, whatever links there are inside.</summary>
internal sealed class FileRoot
{
    // After Linux, which gives up (ELOOP) at 40 links on one path.
    private const int MostLinks = 40;

    private readonly string _root;

    /// <summary>A root at an existing directory.</summary>
    public FileRoot(string directory) => _root = RealPath(Path.GetFullPath(directory));

    /// <summary>Whether the folder is there: it can be removed or unmounted at any time.</summary>
    public bool Exists => Directory.Exists(_root);

    /// <summary>
    /// The place that a path names, with every link on the way followed; null when that is outside the root. The place
    /// need not exist.
    /// </summary>
    public string? Locate(FilePath path)
    {
        var real = RealPath(Path.Combine([_root, .. path.Segments]));
        return IsInside(real) ? real : null;
    }

    private bool IsInside(string path) =>
        path.Equals(_root, StringComparison.Ordinal)
        || path.StartsWith(Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // What realpath(3) does, but for paths whose end does not exist as well.
    private static string RealPath(string path)
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
            var target = new FileInfo(next).LinkTarget;
            if (target is null)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                throw new IOException($"Too many links on the way to {path}.");
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
