using ActorHttp.ConsoleHost;
using Akka.Configuration;

namespace ActorHttp.Tests.ConsoleHost;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("a = 1")]
    [InlineData("a { b = [1, { c = 2 }] }")]
    [InlineData("a = \"{[\"")]
    [InlineData("a = \"\\\"{\"")]
    [InlineData("a = \"\"")]
    [InlineData("a = \"\"\"{ \" \n [\"\"\"")]
    [InlineData("# {\na = 1 // [\n")]
    [InlineData("a = 1 #")]
    [InlineData("a = ${?b}")]
    public void Brackets_and_quotes_that_have_partners_are_no_fault(string text) => Assert.Null(ConfigurationFile.Fault(text));

    [Theory]
    [InlineData("{", 1, "'{' is never closed")]
    [InlineData("a = 1\n}", 2, "'}' closes nothing")]
    [InlineData("a {\n b = [1 }\n", 2, "'}' closes nothing")]
    [InlineData("\na {\n b = [1\n", 3, "'[' is never closed")]
    [InlineData("a = 1\nb = \"c\nd = \"e\"", 2, "a quote that never closes")]
    [InlineData("a = \"b\\", 1, "a quote that never closes")]
    [InlineData("a = \"\"\"b\n\"\"", 1, "a quote that never closes")]
    [InlineData("a = \"\"\"\n\n\"\"\" }", 3, "'}' closes nothing")]
    public void A_fault_is_named_with_its_line(string text, int line, string what) =>
        Assert.Equal((line, what), ConfigurationFile.Fault(text));

    [Fact]
    public void A_file_may_include_another_beside_it()
    {
        _files.Add("deeper/more.conf", "c = 3");
        _files.Add("other.conf", "b = 2, include \"deeper/more.conf\"");
        var config = ConfigurationFile.Read(_files.Add("main.conf", "a = 1\ninclude \"other.conf\"\n"));
        Assert.Equal(1, config.GetInt("a"));
        Assert.Equal(2, config.GetInt("b"));
        Assert.Equal(3, config.GetInt("c"));
    }

    [Fact]
    public void A_file_that_includes_itself_is_refused()
    {
        var path = _files.Add("loop.conf", "include \"loop.conf\"");
        Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read(path));
    }
}
