namespace ActorHttp.Tests.Architecture;

/// <summary>The rules of layout that .editorconfig cannot express.</summary>
public sealed class HouseRuleTests
{
    private const int LongestLine = 140;

    private static string Top => Path.GetDirectoryName(RoomTests.AllSources)!;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void No_line_is_longer_than_140_characters(string folder)
    {
        var sources = Directory.GetFiles(Path.Combine(Top, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !IsBuilt(Path.GetRelativePath(Top, file)))
            .ToArray();
        Assert.NotEmpty(sources);
        Assert.Empty(sources.SelectMany(LongLinesOf));
    }

    private static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");

    // The lines of a raw string literal are text, such as a page.
    private static IEnumerable<string> LongLinesOf(string file)
    {
        var isText = false;
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            if (line.Split("\"\"\"").Length % 2 == 0)
                isText = !isText;
            else if (!isText && line.Length > LongestLine)
                yield return $"{Path.GetRelativePath(Top, file)}:{index + 1} has {line.Length} characters";
        }
    }
}
