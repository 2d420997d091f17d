using System.Reflection;
using System.Text.RegularExpressions;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

public sealed class ReferenceConfTests
{
    // A value of the right kind that is not the default, for every key. A key without one fails the tests below.
    private static readonly Dictionary<string, string> OtherValues = new()
    {
        ["host"] = "\"*\"",
        ["hosts"] = "[example.org]",
        ["port"] = "80",
        ["directory"] = "\"/srv\"",
        ["backlog"] = "7",
        ["limits.request-line-size"] = "1KiB",
        ["limits.field-section-size"] = "1KiB",
        ["limits.field-count"] = "7",
        ["limits.chunk-extension-size"] = "7B",
        ["limits.trailer-section-size"] = "7B",
        ["limits.body-size"] = "unlimited",
        ["limits.discarded-body-size"] = "7B",
        ["limits.pipelining"] = "7",
        ["limits.connections"] = "7",
        ["limits.refusals"] = "7",
        ["limits.handler-queue"] = "7",
        ["limits.retry-after"] = "7s",
        ["timeouts.request-head"] = "7s",
        ["timeouts.request-body"] = "7s",
        ["timeouts.idle"] = "7s",
        ["timeouts.handler"] = "7s",
        ["timeouts.commit"] = "7s",
        ["timeouts.rate-grace"] = "7s",
        ["timeouts.linger"] = "7s",
        ["timeouts.linger-limit"] = "7s",
        ["timeouts.drain"] = "7s",
        ["timeouts.drain-grace"] = "7s",
        ["rates.request-body"] = "7",
        ["rates.response"] = "7",
        ["io.frame-size"] = "4KiB",
        ["io.receive-window"] = "4KiB",
        ["io.send-window"] = "4KiB",
        ["io.unsent-window"] = "4KiB",
        ["io.takes-sockets"] = "off",
        ["io.reactors"] = "7",
        ["io.spin"] = "never",
        ["io.stall-threshold"] = "7s",
        ["memory.collect-after"] = "7s",
        ["coding.order"] = "[gzip]",
        ["coding.media-types"] = "[\"text/*\"]",
        ["coding.level"] = "smallest",
        ["coding.min-size"] = "7B",
        ["coding.whole-size"] = "7B",
        ["supervision.connection-restarts"] = "7",
        ["supervision.within"] = "7s",
        ["supervision.first-pause"] = "7s",
        ["supervision.longest-pause"] = "7s",
        ["files.body-size"] = "7B",
        ["files.chunk-size"] = "4KiB",
        ["files.flush-to-disk"] = "off",
        ["files.read-only"] = "on",
        ["files.dotfiles"] = "on",
        ["files.create-folders"] = "off",
        ["files.index"] = "[index.htm, README]",
        ["files.listing"] = "off",
        ["files.listing-entries"] = "7",
        ["files.precompressed"] = "[]",
        ["files.charset"] = "off",
        ["files.cache-control"] = "[{ pattern = \"*.css\", value = no-cache }]",
        ["files.min-free-space"] = "7B",
        ["files.digest-size"] = "unlimited",
        ["files.upload-expiry"] = "7s",
        ["files.form-parts"] = "7",
        ["faults.enabled"] = "on",
    };

    // Akka reads these itself, by their path.
    private static readonly string[] AkkasOwn = ["dispatcher", "reading-dispatcher", "writing-dispatcher", "coding-dispatcher", "handler-mailbox"];

    public static TheoryData<string> Keys => [.. ReferenceKeys()];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_is_read_by_exactly_one_setting(string key)
    {
        Assert.True(OtherValues.ContainsKey(key), $"Give {key} another value in this test.");
        var changed = Differences(Defaults, From($"actor-http.{key} = {OtherValues[key]}"));
        Assert.Single(changed);
    }

    [Fact]
    public void Every_setting_has_a_key()
    {
        var all = string.Join("\n", OtherValues.Select(pair => $"actor-http.{pair.Key} = {pair.Value}"));
        var changed = Differences(Defaults, From(all)).ToHashSet();
        Assert.Equal(Leaves(Defaults).Select(leaf => leaf.Path).Order(), changed.Order());
    }

    [Fact]
    public void Every_key_of_the_table_above_exists() =>
        Assert.Empty(OtherValues.Keys.Except(ReferenceKeys()));

    [Fact]
    public void Every_key_is_explained_by_a_comment_above_it()
    {
        var lines = ReferenceText().Split('\n');
        for (var i = 1; i < lines.Length; i++)
        {
            if (Regex.IsMatch(lines[i], @"^\s+[a-z-]+ = ") && !lines[..i].Any(line => line.Contains("handler-mailbox {", StringComparison.Ordinal)))
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
        Assert.Empty(From($"actor-http.coding.order = {list}").Coding.Order);
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
        Assert.Equal(bytes, From($"actor-http.io.frame-size = {text}").Io.FrameSize);

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
    public void The_cap_on_bodies_is_Kestrels_to_the_byte() => Assert.Equal(30_000_000, Defaults.Limits.BodySize);

    [Fact]
    public void Every_size_and_time_in_the_reference_has_its_unit() =>
        Assert.DoesNotMatch(@"(-size|-window|-space|-after|-head|idle|handler|-grace|linger|drain|spin|threshold|within|expiry) = [0-9.]+\s", ReferenceText());

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

    private static ActorHttpSettings Defaults => From("akka.loglevel = OFF");

    private static ActorHttpSettings From(string hocon) => ActorHttpSettings.From(ConfigurationFactory.ParseString(hocon));

    private static string ReferenceText()
    {
        using var stream = typeof(ActorHttpSettings).Assembly.GetManifestResourceStream("ActorHttp.reference.conf")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static IEnumerable<string> ReferenceKeys() =>
        KeysOf(ActorHttpSettings.Reference.GetConfig("actor-http").Root.GetObject(), "")
            .Where(key => !AkkasOwn.Any(section => key.StartsWith(section, StringComparison.Ordinal)));

    private static IEnumerable<string> KeysOf(Akka.Configuration.Hocon.HoconObject section, string prefix) =>
        section.Items.SelectMany(item => item.Value.IsObject()
            ? KeysOf(item.Value.GetObject(), $"{prefix}{item.Key}.")
            : [prefix + item.Key]);

    private static IEnumerable<string> Differences(ActorHttpSettings left, ActorHttpSettings right) =>
        Leaves(left).Zip(Leaves(right)).Where(pair => pair.First.Value != pair.Second.Value).Select(pair => pair.First.Path);

    // Every value in the settings by its path, down to those that are no records of ours.
    private static IEnumerable<(string Path, string? Value)> Leaves(object settings, string prefix = "") =>
        settings.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property =>
        {
            var value = property.GetValue(settings);
            if (value is Array items)
                return [(prefix + property.Name, string.Join(",", items.Cast<object>()))];
            return property.PropertyType.Namespace!.StartsWith("ActorHttp", StringComparison.Ordinal)
                ? Leaves(value!, $"{prefix}{property.Name}.")
                : [(prefix + property.Name, value?.ToString())];
        });
}
