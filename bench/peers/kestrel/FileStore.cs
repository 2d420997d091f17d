namespace KestrelPeer;

/// <summary>The folder behind /files.</summary>
internal sealed class FileStore(string? directory)
{
    private readonly string? _root = directory is null ? null : Path.GetFullPath($"{directory}/");

    /// <summary>Returns the file that a path names, or null when the path names a directory or leads out of the root.</summary>
    public string? Locate(string? path)
    {
        if (_root is null || string.IsNullOrEmpty(path))
            return null;

        var target = Path.GetFullPath(Path.Join(_root, path));
        var inside = target.StartsWith(_root, StringComparison.Ordinal);
        return inside && !Path.EndsInDirectorySeparator(target) && !Directory.Exists(target) ? target : null;
    }

    /// <summary>
    /// Stores a request's body in a temporary file, and renames it. The temporary file is beside the target, because a rename is
    /// atomic only within one file system.
    /// </summary>
    public static async Task Store(HttpRequest request, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var upload = $"{target}.{Path.GetRandomFileName()}";
        try
        {
            await using (var file = File.Create(upload))
                await request.Body.CopyToAsync(file, request.HttpContext.RequestAborted);
            File.Move(upload, target, overwrite: true);
        }
        catch
        {
            File.Delete(upload);
            throw;
        }
    }
}
