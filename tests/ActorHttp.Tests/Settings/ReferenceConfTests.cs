using System.Text.RegularExpressions;
using ActorHttp.Files.Settings;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

public sealed class ReferenceConfTests
{
    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_key_is_explained_by_a_comment_above_it(string name)
    {
        var lines = TextOf(name).Split('\n');
        for (var i = 1; i < lines.Length; i++)
        {
            if (Regex.IsMatch(lines[i], @"^\s+[a-z-]+ = ") && !lines[..i].Any(line => Regex.IsMatch(line, "-(mailbox|dispatcher) {")))
                Assert.Matches(@"^\s+#", lines[i - 1]);
        }
    }

    [Theory]
    [InlineData("port", "65536")]
    [InlineData("port", "-1")]
    [InlineData("port", "http")]
    [InlineData("port", "80.5")]
    [InlineData("backlog", "0")]
    [InlineData("limits.pipelining", "0")]
    [InlineData("limits.field-count", "many")]
    [InlineData("host", "\"\"")]
    [InlineData("host", "\" \"")]
    [InlineData("limits.request-line-size", "3B")]
    [InlineData("limits.request-line-size", "large")]
    [InlineData("limits.request-line-size", "unlimited")]
    [InlineData("limits.request-line-size", "3GiB")]
    [InlineData("limits.body-size", "large")]
    [InlineData("limits.body-size", "-1")]
    [InlineData("timeouts.idle", "soon")]
    [InlineData("timeouts.idle", "0s")]
    [InlineData("timeouts.idle", "-1s")]
    [InlineData("timeouts.idle", "infinite")]
    [InlineData("timeouts.idle", "100d")]
    [InlineData("timeouts.idle", "\"\"")]
    [InlineData("rates.response", "0")]
    [InlineData("io.frame-size", "10B")]
    [InlineData("timeouts.idle", "10 parsecs")]
    [InlineData("limits.body-size", "10 parsecs")]
    [InlineData("memory.collect-after", "0s")]
    [InlineData("memory.collect-after", "sometimes")]
    [InlineData("coding.order", "[lzma]")]
    [InlineData("coding.order", "[identity]")]
    [InlineData("coding.order", "gzip")]
    [InlineData("coding.media-types", "\"text/html\"")]
    [InlineData("coding.media-types", "[\"text/html\", \"*/*\"]")]
    [InlineData("coding.media-types", "[\"text\"]")]
    [InlineData("coding.media-types", "[\"text/html; charset=utf-8\"]")]
    [InlineData("coding.media-types", "[\"\"]")]
    [InlineData("coding.level", "hardest")]
    [InlineData("files.flush-to-disk", "maybe")]
    [InlineData("files.index", "index.html")]
    [InlineData("files.index", "[a/b]")]
    [InlineData("files.index", "[..]")]
    [InlineData("files.precompressed", "[deflate]")]
    [InlineData("files.precompressed", "br")]
    [InlineData("files.min-free-space", "unlimited")]
    [InlineData("files.cache-control", "no-cache")]
    [InlineData("files.cache-control", "[no-cache]")]
    [InlineData("files.cache-control", "[{ pattern = x }]")]
    [InlineData("files.cache-control", "[{ pattern = x, value = \"a\\nb\" }]")]
    [InlineData("files.cache-control", "[{ pattern = x, value = y, more = z }]")]
    [InlineData("limits", "5")]
    [InlineData("port", "[1, 2]")]
    [InlineData("port", "{ a = 1 }")]
    [InlineData("io.frame-size", "2MiB")]
    [InlineData("prot", "4221")]
    [InlineData("limits.pipelinign", "4")]
    [InlineData("reading-dispatcher.threads", "0")]
    [InlineData("reading-dispatcher.threads", "-3")]
    [InlineData("reading-dispatcher.threads", "many")]
    [InlineData("reading-dispatcher.threads", "5000")]
    [InlineData("coding-dispatcher.threads", "0")]
    [InlineData("dispatcher.throughput", "0")]
    [InlineData("coding-dispatcher.throughput", "-1")]
    [InlineData("reading-dispatcher.thraeds", "3")]
    [InlineData("dispatcher.threads", "3")]
    [InlineData("reading-dispatcher.shutdown-timeout", "3")]
    [InlineData("handler-mailbox.mailbox-tpye", "x")]
    [InlineData("handler-mailbox", "5")]
    [InlineData("blocking-dispatcher", "{ threads = 4 }")]
    public void A_value_that_cannot_be_used_is_told_in_one_line_with_its_key(string key, string value)
    {
        var wrong = Assert.ThrowsAny<ConfigurationException>(() => From($"actor-http.{key} = {value}"));
        Assert.StartsWith($"actor-http.{key}", wrong.Message);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[ ]")]
    public void A_list_may_be_empty(string list)
    {
        Assert.Empty(From($"actor-http.coding.order = {list}").Server.Coding.Order);
        Assert.Empty(From($"actor-http.files.index = {list}").Files.Index);
        Assert.Empty(From($"actor-http.files.cache-control = {list}").Files.CacheRules);
    }

    [Fact]
    public void A_list_may_stand_in_one_line_with_its_section() =>
        Assert.Equal(["a", "b"], From("actor-http { files { index = [a, b] } }").Files.Index);

    [Fact]
    public void A_section_that_is_none_is_told() =>
        Assert.StartsWith("actor-http cannot be used", Assert.Throws<ConfigurationException>(() => From("actor-http = 5")).Message);

    [Theory]
    [InlineData("16KiB", 16 * 1024)]
    [InlineData("16384B", 16 * 1024)]
    [InlineData("16k", 16 * 1024)]
    [InlineData("16kB", 16 * 1000)]
    public void Sizes_are_written_in_any_way_of_HOCON(string text, int bytes) =>
        Assert.Equal(bytes, From($"actor-http.io.frame-size = {text}").Server.Io.FrameSize);

    [Theory]
    [InlineData("timeouts.idle", "130", "130s")]
    [InlineData("timeouts.idle", "1.5", "1.5s")]
    [InlineData("timeouts.idle", "1e3", "1e3s")]
    [InlineData("timeouts.drain", "0", "0s")]
    [InlineData("io.spin", "5", "5s")]
    [InlineData("limits.body-size", "30000000", "30000000B")]
    [InlineData("limits.request-line-size", "8192", "8192B")]
    [InlineData("files.min-free-space", "-1", "1B")]
    public void A_time_or_a_size_without_its_unit_is_refused_and_the_unit_is_named(string key, string value, string better)
    {
        var wrong = Assert.Throws<SettingException>(() => From($"actor-http.{key} = {value}"));
        Assert.Equal($"actor-http.{key} = {value} cannot be used: say the unit, such as {better}.", wrong.Message);
    }

    [Fact]
    public void The_size_zero_needs_no_unit() => Assert.Equal(0, From("actor-http.files.min-free-space = 0").Files.MinFreeSpace);

    [Fact]
    public void The_cap_on_bodies_is_Kestrels_to_the_byte() => Assert.Equal(30_000_000, Defaults.Server.Limits.BodySize);

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_size_and_time_in_the_reference_has_its_unit(string name) =>
        Assert.DoesNotMatch(
            @"(-size|-window|-space|-after|-head|idle|handler|-grace|linger|drain|spin|threshold|within|expiry) = [0-9.]+\s", TextOf(name));

    [Theory]
    [InlineData("akka.actor.default-dispatcher")]
    [InlineData("akka.actor.default-fork-join-dispatcher")]
    [InlineData("akka.actor.internal-dispatcher")]
    public void Each_key_of_a_dispatcher_of_Akka_is_a_key_of_ours(string dispatcher)
    {
        foreach (var (key, value) in ConfigurationFactory.Default().GetValue(dispatcher).GetObject().Items)
            From($"actor-http.reading-dispatcher.{key} = {value}");
    }

    [Fact]
    public void An_executor_of_another_may_have_keys_of_its_own() =>
        From("actor-http.reading-dispatcher { executor = \"Theirs.Executor, Theirs\", priority = 3 }");

    private static AllSettings Defaults => From("akka.loglevel = OFF");

    private static AllSettings From(string hocon) => AllSettings.From(ConfigurationFactory.ParseString(hocon));

    public static TheoryData<string> Texts => ["ActorHttp.reference.conf", "ActorHttp.Files.files.conf"];

    private static string TextOf(string name)
    {
        var assembly = name == "ActorHttp.reference.conf" ? typeof(ActorHttpSettings).Assembly : typeof(FileSettings).Assembly;
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
