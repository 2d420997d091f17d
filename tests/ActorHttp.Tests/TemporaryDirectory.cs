namespace ActorHttp.Tests;

/// <summary>A directory of one test's own, gone with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("actor-http-test-").FullName;

    /// <param name="subfolder">A folder below the temporary one that <see cref="Path"/> names; none by default.</param>
    public TemporaryDirectory(string subfolder = "")
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.Combine(_top, subfolder));
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.GetFullPath(name, Path);

    /// <summary>Everything in it, at any depth, as names relative to it, in order.</summary>
    public IReadOnlyList<string> Entries =>
        [.. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories)
            .Select(entry => System.IO.Path.GetRelativePath(Path, entry)).Order(StringComparer.Ordinal)];

    public string Add(string name, string text) => Add(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Add(string name, byte[] bytes)
    {
        var path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);

        // A time that is over, so that its entity tag is strong at once (FileVersion.Seen).
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-1));
        return path;
    }

    /// <summary>Bytes that repeat only after a prime, so that a shift or a lost piece shows.</summary>
    public static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)((i % 65521 * 31) + (i >> 16));
        return bytes;
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);
}
