namespace ActorHttp.Files.Disks;

/// <summary>
/// The path of a disk operation and each folder on its way. A disk that hangs is recognised by these names, so no name is resolved:
/// resolving a link is a disk operation itself.
/// </summary>
internal sealed class DiskPlace(string directory, IReadOnlyList<string> segments)
{
    // A deeper folder has no limit of its own. The limits of the folders above it hold.
    private const int MostFolders = 8;

    private string[]? _keys;

    /// <summary>The folders on the way, the highest first, and then the path itself.</summary>
    public IReadOnlyList<string> Keys => _keys ??= MakeKeys();

    /// <summary>The path itself.</summary>
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
