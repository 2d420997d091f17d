using ActorHttp.Files.Storage;
using ActorHttp.Uris;

namespace ActorHttp.Tests.Files.Storage;

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

    [Theory, Trait("RFC", "3986 §6.2.2.3")]
    [InlineData("./a", "a", false)]
    [InlineData("./a:b", "a:b", false)]
    [InlineData("a/././b/./c/", "a b c", true)]
    [InlineData("%2e/a", "a", false)]
    [InlineData("././.a", ".a", false)]
    public void A_dot_on_the_way_is_the_folder_itself(string encoded, string segments, bool isDirectory)
    {
        var path = FilePath.Parse(encoded, out _)!;
        Assert.Equal(segments.Split(' '), path.Segments);
        Assert.Equal((isDirectory, segments[0] == '.'), (path.IsDirectory, path.IsHidden));
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
    [InlineData("./")]
    [InlineData("a/./")]
    [InlineData("./..")]
    [InlineData("./../a")]
    [InlineData("a/.")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("%2Fetc/passwd")]
    [InlineData("a//b")]
    [InlineData("a//")]
    [InlineData("a%2F%2Fb")]
    [InlineData("%00")]
    [InlineData("a%00.txt")]
    [InlineData(".actor-http-upload-0")]
    [InlineData("a/.actor-http-upload-0")]
    [InlineData("%2Eactor-http-upload-0")]
    public void A_path_that_could_mean_harm_is_refused_in_one_line(string encoded)
    {
        Assert.Null(FilePath.Parse(encoded, out var fault));
        Assert.Matches("^[^\n]+\\.$", fault);
    }

    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3")]
    [InlineData("%C0%AE%C0%AE/a")]
    [InlineData("%ED%A0%80")]
    public void A_name_that_is_no_text_is_a_name_where_names_are_bytes_and_no_way_up(string encoded)
    {
        Assert.Null(FilePath.Parse(encoded, isWindows: false, namesAreBytes: false, out var fault));
        Assert.Matches("^[^\n]+\\.$", fault);
        var path = FilePath.Parse(encoded, isWindows: false, namesAreBytes: true, out _)!;
        Assert.Equal(PercentEncoding.Decode(encoded), FileName.Encode(string.Join('/', path.Segments)));
        Assert.DoesNotContain("..", path.Segments);
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("con.txt")]
    [InlineData("folder/NUL")]
    [InlineData("aux.tar.gz")]
    [InlineData("COM1")]
    [InlineData("lpt9.log")]
    [InlineData("COM%C2%B9")]
    [InlineData("nul%20.txt")]
    [InlineData("a.txt:stream")]
    [InlineData("C:")]
    [InlineData("a.txt.")]
    [InlineData("a%20")]
    [InlineData("a*")]
    [InlineData("a%01b")]
    [InlineData("a%5Cb")]
    [InlineData("..%5Ca")]
    [InlineData("C%3A%5Ca")]
    public void What_Windows_takes_for_something_else_is_refused_there_and_a_name_elsewhere(string encoded)
    {
        Assert.Null(FilePath.Parse(encoded, isWindows: true, namesAreBytes: false, out var fault));
        Assert.Matches("^[^\n]+\\.$", fault);
        Assert.NotNull(FilePath.Parse(encoded, isWindows: false, namesAreBytes: true, out _));
    }

    [Theory]
    [InlineData("console.txt")]
    [InlineData("null")]
    [InlineData("com10")]
    [InlineData("a.b.c")]
    public void A_name_that_only_begins_like_a_device_is_a_name_on_Windows(string encoded) =>
        Assert.NotNull(FilePath.Parse(encoded, isWindows: true, namesAreBytes: false, out _));

    [Theory]
    [InlineData(".env", true)]
    [InlineData("a/.git/config", true)]
    [InlineData("a/.well-known/x", true)]
    [InlineData(".well-known/.x", true)]
    [InlineData(".well-known/acme", false)]
    [InlineData("a.b/c", false)]
    [InlineData("", false)]
    public void Names_with_a_dot_are_hidden_but_for_the_one_of_RFC_8615(string path, bool isHidden) =>
        Assert.Equal(isHidden, FilePath.Parse(path, out _)!.IsHidden);

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
