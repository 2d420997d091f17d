using System.Text;

namespace ActorHttp.Semantics;

/// <summary>The media types of mime-db by file extension. The data comes from the resource media-types.tsv of the assembly.</summary>
internal static class MediaTypeTable
{
    // Loaded on first use. Not a frozen dictionary: the creation of a frozen dictionary takes more time than its faster lookups
    // could save.
    private static readonly Dictionary<string, string> Types = Read();

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> TypesBySpan =
        Types.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The whole table: media types by extension.</summary>
    public static IReadOnlyDictionary<string, string> All => Types;

    /// <summary>Returns the media type of an extension without its dot, ignoring case; null for an unknown extension.</summary>
    public static string? Find(ReadOnlySpan<char> extension) =>
        TypesBySpan.TryGetValue(extension, out var type) ? type : null;

    // Reads the resource. A line is a comment, or a media type, a tab, and extensions separated by single spaces.
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
