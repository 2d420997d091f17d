using ActorHttp.Handlers.Files;

namespace ActorHttp.Tests.Handlers.Files;

public sealed class FilePathTests
{
    public static TheoryData<string, string[], bool> Accepted { get; } = new()
    {
        { "a", ["a"], false },
        { "a.txt", ["a.txt"], false },
        { "a/b/c", ["a", "b", "c"], false },
        { "", [], true },
        { "a/", ["a"], true },
        { "a/b/", ["a", "b"], true },
        { "a%20b", ["a b"], false },
        { "a%2Fb", ["a", "b"], false },
        { "%61", ["a"], false },
        { "a%2520b", ["a%20b"], false },
        { "100%25", ["100%"], false },
        { "a+b", ["a+b"], false },
        { "gr%C3%BC%C3%9Fe", ["grüße"], false },
        { "%F0%9F%90%99", ["🐙"], false },
        { ".hidden", [".hidden"], false },
        { "...", ["..."], false },
        { "..a/b..", ["..a", "b.."], false },
        { "~", ["~"], false },
        { "$HOME", ["$HOME"], false },
        { "%0A", ["\n"], false },
        { "%20", [" "], false },
    };

    [Theory, MemberData(nameof(Accepted))]
    public void A_harmless_path_is_its_decoded_segments(string encoded, string[] segments, bool isDirectory)
    {
        var path = FilePath.Parse(encoded, out var fault);
        Assert.NotNull(path);
        Assert.Equal("", fault);
        Assert.Equal(segments, path.Segments);
        Assert.Equal(isDirectory, path.IsDirectory);
        Assert.Equal(segments.Length == 0 ? "" : segments[^1], path.Name);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("a/../b")]
    [InlineData("a/../../b")]
    [InlineData("%2e%2e")]
    [InlineData("%2E%2e/a")]
    [InlineData(".%2e/a")]
    [InlineData("..%2fa")]
    [InlineData("a/%2e%2e%2f%2e%2e%2fb")]
    [InlineData(".")]
    [InlineData("./a")]
    [InlineData("a/.")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("%2Fetc/passwd")]
    [InlineData("a//b")]
    [InlineData("a//")]
    [InlineData("a%2F%2Fb")]
    [InlineData("a\\b")]
    [InlineData("..\\a")]
    [InlineData("..%5Ca")]
    [InlineData("C:\\a")]
    [InlineData("%00")]
    [InlineData("a%00.txt")]
    [InlineData("%FF")]
    [InlineData("%C3")]
    [InlineData("%C0%AE%C0%AE/a")]
    [InlineData("%ED%A0%80")]
    [InlineData(".actor-http-upload-0")]
    [InlineData("a/.actor-http-upload-0")]
    [InlineData("%2Eactor-http-upload-0")]
    public void A_path_that_could_mean_harm_is_refused_in_one_line(string encoded)
    {
        Assert.Null(FilePath.Parse(encoded, out var fault));
        Assert.Matches("^[^\n]+\\.$", fault);
    }

    [Fact]
    public void A_double_encoded_way_out_is_a_strange_name_and_nothing_more()
    {
        var path = FilePath.Parse("%252e%252e%252fa", out _);
        Assert.Equal(["%2e%2e%2fa"], path!.Segments);
    }

    [Theory]
    [InlineData("a", 255, true)]
    [InlineData("a", 256, false)]
    [InlineData("%C3%BC", 127, true)]
    [InlineData("%C3%BC", 128, false)]
    [InlineData("%F0%9F%90%99", 63, true)]
    [InlineData("%F0%9F%90%99", 64, false)]
    public void A_name_has_at_most_255_bytes(string character, int count, bool isAccepted)
    {
        var name = string.Concat(Enumerable.Repeat(character, count));
        Assert.Equal(isAccepted, FilePath.Parse(name, out _) is not null);
        Assert.Equal(isAccepted, FilePath.Parse($"a/{name}/b", out _) is not null);
    }
}
