using System.Text;

namespace ActorHttp.Semantics;

/// <summary>The media types of mime-db by file extension, from media-types.tsv in the assembly.</summary>
internal static class MediaTypeTable
{
    // Read when the first name is asked for. A frozen dictionary would take longer to make than it could ever save.
    private static readonly Dictionary<string, string> Types = Read();

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> TypesBySpan =
        Types.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All of it.</summary>
    public static IReadOnlyDictionary<string, string> All => Types;

    /// <summary>The type of an extension without its dot, in any case; null when there is none.</summary>
    public static string? Find(ReadOnlySpan<char> extension) =>
        TypesBySpan.TryGetValue(extension, out var type) ? type : null;

    // A line is a type, a tab, and extensions with a blank between them; or a comment.
    private static Dictionary<string, string> Read()
    {
        const string name = "ActorHttp.media-types.tsv";
        using var stream = typeof(MediaTypeTable).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no {name}.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var types = new Dictionary<string, string>(1500, StringComparer.OrdinalIgnoreCase);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var tab = line.IndexOf('\t');
            var type = line[..tab];
            var extensions = line.AsSpan(tab + 1);
            foreach (var extension in extensions.Split(' '))
            {
                types.Add(extensions[extension].ToString(), type);
            }
        }

        return types;
    }
}
