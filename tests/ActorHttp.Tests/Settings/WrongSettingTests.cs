using ActorHttp.Files.Settings;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

/// <summary>What a person reads who has set something wrong: the whole line, for each kind of value.</summary>
public sealed class WrongSettingTests
{
    [Theory]
    [InlineData("host = \" \"", "actor-http.host = \"\" cannot be used: it must be an address, a name or \"*\".")]
    [InlineData("port = 65536", "actor-http.port = 65536 cannot be used: it must be a whole number from 0 to 65535.")]
    [InlineData("port = \"\"", "actor-http.port = \"\" cannot be used: it must be a whole number from 0 to 65535.")]
    [InlineData(
        "limits.request-line-size = 15B",
        "actor-http.limits.request-line-size = 15B cannot be used: it must be a size of 16 to 2147483647 bytes, such as 16KiB.")]
    [InlineData(
        "limits.request-line-size = large",
        "actor-http.limits.request-line-size = large cannot be used: it must be a size in bytes, such as 16KiB.")]
    [InlineData("limits.body-size = 9EiB", "actor-http.limits.body-size = 9EiB cannot be used: it must be a size in bytes, such as 16KiB.")]
    [InlineData("limits.body-size = -1B", "actor-http.limits.body-size = -1B cannot be used: it must be a size in bytes, such as 16KiB.")]
    [InlineData(
        "files.min-free-space = unlimited",
        "actor-http.files.min-free-space = unlimited cannot be used: it must be a size in bytes, such as 1GiB.")]
    [InlineData("timeouts.idle = soon", "actor-http.timeouts.idle = soon cannot be used: it must be a time, such as 10s.")]
    [InlineData(
        "timeouts.idle = 25d",
        "actor-http.timeouts.idle = 25d cannot be used: it must be a time above zero and up to 24 days, such as 10s.")]
    [InlineData("timeouts.idle = infinite", "actor-http.timeouts.idle = infinite cannot be used: it must be a time, such as 10s.")]
    [InlineData(
        "supervision { first-pause = 2s, longest-pause = 1s }",
        "actor-http.supervision.longest-pause = 1s cannot be used: it must be a time of at least 2s.")]
    [InlineData("io.takes-sockets = maybe", "actor-http.io.takes-sockets = maybe cannot be used: it must be on or off.")]
    [InlineData("coding.level = most", "actor-http.coding.level = most cannot be used: it must be fastest, optimal or smallest.")]
    [InlineData(
        "coding.order = [gzip, lzma]",
        "actor-http.coding.order = [gzip, lzma] cannot be used: it must be a list of br, zstd, gzip and deflate.")]
    [InlineData("coding.order = gzip", "actor-http.coding.order = gzip cannot be used: it must be a list of br, zstd, gzip and deflate.")]
    [InlineData(
        "files.precompressed = [deflate]",
        "actor-http.files.precompressed = [deflate] cannot be used: it must be a list of br, zstd and gzip.")]
    [InlineData("files.index = [a, \"..\"]", "actor-http.files.index = [a, ..] cannot be used: it must be a list of file names.")]
    [InlineData("files.index = [\".\"]", "actor-http.files.index = [.] cannot be used: it must be a list of file names.")]
    [InlineData("files.index = [\"/etc\"]", "actor-http.files.index = [/etc] cannot be used: it must be a list of file names.")]
    [InlineData("files.index = [\"\"]", "actor-http.files.index = [] cannot be used: it must be a list of file names.")]
    [InlineData("files.index = 5", "actor-http.files.index = 5 cannot be used: it must be a list of file names.")]
    [InlineData(
        "hosts = [\"a b\"]",
        "actor-http.hosts cannot be used: \"a b\" is no host name; it must be a list of host names such as \"example.org\" or "
            + "\"*.example.org\", without ports; \"*\" is every host.")]
    [InlineData(
        "coding.media-types = [text]",
        "actor-http.coding.media-types cannot be used: \"text\" is no media type, and no pattern such as text/* or *+json.")]
    [InlineData("coding.media-types = text", "actor-http.coding.media-types = text cannot be used: it must be a list of media types.")]
    [InlineData("io = 5", "actor-http.io cannot be used: it must be a section of settings.")]
    [InlineData("port { a = 1 }", "actor-http.port cannot be used: it must be a value.")]
    [InlineData("prot = 5", "actor-http.prot is no setting; hocon/reference.conf has them all.")]
    [InlineData(
        "blocking-dispatcher.threads = 8",
        "actor-http.blocking-dispatcher is no setting any more: reading and writing have threads of their own, "
            + "actor-http.reading-dispatcher and actor-http.writing-dispatcher.")]
    [InlineData(
        "dispatcher.throughput-deadline-time = 5",
        "actor-http.dispatcher.throughput-deadline-time = 5 cannot be used: say the unit, such as 5ms.")]
    public void A_wrong_setting_is_one_line_that_names_the_key_and_what_it_must_be(string setting, string line) =>
        Assert.Equal(line, Assert.ThrowsAny<ConfigurationException>(() => From(setting)).Message);

    // The least and the most that are accepted.
    [Theory]
    [InlineData("limits.request-line-size = 16B")]
    [InlineData("limits.body-size = unlimited")]
    [InlineData("timeouts.idle = 24d")]
    [InlineData("supervision { first-pause = 2s, longest-pause = 2s }")]
    [InlineData("port = 65535")]
    [InlineData("dispatcher.throughput-deadline-time = 0")]
    [InlineData("dispatcher.throughput-deadline-time = 5ms")]
    public void A_setting_at_its_limit_is_accepted(string setting) => From(setting);

    [Theory]
    [InlineData(1, 0, 1.0)]
    [InlineData(1, 1, 1.2)]
    [InlineData(2, 0, 2.0)]
    [InlineData(3, 0.5, 4.4)]
    [InlineData(4, 0, 8.0)]
    [InlineData(5, 0, 10.0)]
    [InlineData(1_000_000, 1, 10.0)]
    public void A_handler_is_tried_again_after_twice_as_long_each_time_up_to_the_longest_pause(int attempt, double chance, double seconds)
    {
        var supervision = new SupervisionSettings(3, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Assert.Equal(seconds, supervision.Pause(attempt, chance).TotalSeconds, 1e-6);
    }

    [Theory]
    [InlineData("*.css", "a.css", true)]
    [InlineData("*.css", "deep/er/a.css", true)]
    [InlineData("*.css", "a.js", false)]
    [InlineData("/*.css", "a.css", true)]
    [InlineData("/*.css", "deep/a.css", false)]
    [InlineData("assets/**", "assets/x/y", true)]
    [InlineData("assets/**", "other/assets/x", false)]
    public void A_cache_rule_without_a_slash_is_about_names_in_every_folder(string pattern, string path, bool matches)
    {
        var files = From(
            $"files.cache-control = [{{ pattern = \"{pattern}\", value = no-cache }}, {{ pattern = \"**\", value = private }}]").Files;
        Assert.Equal(matches ? "no-cache" : "private", files.CacheControl(path));
    }

    [Fact]
    public void A_path_that_no_cache_rule_names_has_no_Cache_Control() =>
        Assert.Null(From("files.cache-control = [{ pattern = \"*.css\", value = no-cache }]").Files.CacheControl("a.js"));

    [Theory]
    [InlineData("br", ".br")]
    [InlineData("zstd", ".zst")]
    [InlineData("gzip", ".gz")]
    public void A_precompressed_file_has_its_codings_suffix(string coding, string suffix) =>
        Assert.Equal(suffix, FileSettings.Suffix(Assert.Single(From($"files.precompressed = [{coding}]").Files.Precompressed)));

    private static AllSettings From(string settings) => AllSettings.From(ConfigurationFactory.ParseString($"actor-http {{ {settings} }}"));
}
