namespace ActorHttp.Files.Disks;

/// <summary>
/// The path of a disk operation and the paths of its parent folders. The gate counts operations by these paths to limit a disk
/// that hangs. Links in the paths are not resolved, because resolving a link is a disk operation.
/// </summary>
internal sealed class DiskPlace(string directory, IReadOnlyList<string> segments)
{
    // Folders below this depth have no limit of their own. The limits of the folders above still apply.
    private const int MostFolders = 8;

    private string[]? _keys;

    /// <summary>The paths of the parent folders, the highest first, and then the path itself.</summary>
    public IReadOnlyList<string> Keys => _keys ??= MakeKeys();

    /// <summary>The path of the disk operation.</summary>
    public string Path => Keys[^1];

    private string[] MakeKeys()
    {
        var folders = Math.Min(Math.Max(segments.Count - 1, 0), MostFolders);
        var keys = new string[folders + 1];
        var key = directory;
        for (var i = 0; i < folders; i++)
            keys[i] = key = $"{key}/{segments[i]}";
        keys[folders] = $"{directory}/{string.Join('/', segments)}";
        return keys;
    }
}
