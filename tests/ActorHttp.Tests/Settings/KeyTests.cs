using System.IO.Compression;
using System.Reflection;
using System.Text.RegularExpressions;
using ActorHttp.Files.Settings;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

/// <summary>
/// Every key of hocon/reference.conf and hocon/files.conf against the setting that it feeds. The keys come from the files
/// and the settings from the
/// records, so a new one is tested as soon as it exists. Each key has a value of its own: two keys that are swapped are seen.
/// </summary>
public sealed partial class KeyTests
{
    // The settings whose name does not follow from the key.
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["limits.request-line-size"] = "Reader.RequestLineSize",
        ["limits.field-section-size"] = "Reader.FieldSectionSize",
        ["limits.field-count"] = "Reader.FieldCount",
        ["limits.chunk-extension-size"] = "Reader.ChunkExtensionSize",
        ["limits.trailer-section-size"] = "Reader.TrailerSectionSize",
        ["files.read-only"] = "Files.IsReadOnly",
        ["files.dotfiles"] = "Files.ServesDotfiles",
        ["files.create-folders"] = "Files.CreatesFolders",
        ["files.listing"] = "Files.ListsFolders",
        ["files.charset"] = "Files.TellsCharset",
        ["files.cache-control"] = "Files.CacheRules",
        ["faults.enabled"] = "HasFaults",
    };

    // Texts and lists, for which no other value follows from the default.
    private static readonly Dictionary<string, (string Hocon, string Read)> OtherTexts = new()
    {
        ["host"] = ("\"*\"", "*"),
        ["endpoints"] = ("{ a { host = \"*\", port = 7 } }", "TcpEndpointSettings { Name = a, Host = *, Port = 7 }"),
        ["endpoint-defaults.host"] = ("\"192.0.2.1\"", "192.0.2.1"),
        ["endpoint-defaults.mode"] = ("\"0600\"", "UserWrite, UserRead"),
        ["hosts"] = ("[example.org, \"*.example.net\"]", "example.org,*.example.net"),
        ["directory"] = ("\"/srv\"", "/srv"),
        ["coding.order"] = ("[gzip, deflate]", "Gzip,Deflate"),
        ["coding.level"] = ("smallest", nameof(CompressionLevel.SmallestSize)),
        ["files.index"] = ("[index.htm, README]", "index.htm,README"),
        ["files.precompressed"] = ("[gzip]", nameof(ContentCoding.Gzip)),
        ["files.cache-control"] = ("[{ pattern = \"*.css\", value = no-cache }]", "*.css: no-cache"),
    };

    private static readonly string[] KeysInOrder = [.. KeysOf(ActorHttpSettings.Reference, ""), .. KeysOf(FileSettings.Defaults, "")];

    public static TheoryData<string> Keys => [.. KeysInOrder];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_changes_its_setting_and_no_other(string key)
    {
        var (hocon, read) = Other(key);
        var before = AllSettings.From(Config.Empty).Values;
        var after = From($"{key} = {hocon}").Values;
        Assert.Equal(before.Keys, after.Keys);
        if (key == "coding.media-types")
        {
            // A set, whose text does not say what is in it: the test below asks it.
            return;
        }

        Assert.NotEqual(read, before[Setting(key)]);
        Assert.Equal(
            [$"{Setting(key)} = {read}"], after.Where(leaf => leaf.Value != before[leaf.Key]).Select(leaf => $"{leaf.Key} = {leaf.Value}"));
    }

    [Fact]
    public void The_media_types_that_are_coded_are_those_of_the_key()
    {
        var defaults = AllSettings.From(Config.Empty).Values;
        var settings = From("coding.media-types = [\"text/*\", \"application/x-mine\"]");
        Assert.Equal(
            [true, true, false],
            new[] { "text/css", "application/x-mine", "application/json" }.Select(
                type => settings.Server.Coding.MediaTypes.Contains(type)));
        Assert.DoesNotContain(settings.Values, leaf => leaf.Value != defaults[leaf.Key] && leaf.Key != Setting("coding.media-types"));
    }

    [Fact]
    public void Every_setting_has_a_key() =>
        Assert.Equal(KeysInOrder.Select(Setting).Order(), AllSettings.From(Config.Empty).Values.Keys.Order());

    [Fact]
    public void Keys_that_are_set_together_each_feed_their_own_setting()
    {
        // With endpoints, host and port are refused.
        var keys = KeysInOrder.Where(key => key is not ("coding.media-types" or "endpoints")).ToArray();
        var settings = From(string.Join("\n", keys.Select(key => $"{key} = {Other(key).Hocon}")), isText: true).Values;
        Assert.Equal(
            keys.Select(key => $"{Setting(key)} = {Other(key).Read}"), keys.Select(key => $"{Setting(key)} = {settings[Setting(key)]}"));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_wrong_value_of_a_key_is_told_in_one_line_that_names_the_key(string key)
    {
        foreach (var value in WrongValues(key))
        {
            var wrong = Record.Exception(() => From($"{key} = {value}"));
            Assert.True(wrong is ConfigurationException, $"{key} = {value} is taken, or is no fault of a setting: {wrong}");
            Assert.StartsWith($"actor-http.{key} ", wrong.Message, StringComparison.Ordinal);
            Assert.EndsWith(".", wrong.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', wrong.Message);
        }
    }

    // The least and the most that a key takes; and one less and one more, which it refuses.
    [Theory]
    [InlineData("port", 0, 65535)]
    [InlineData("backlog", 1, int.MaxValue)]
    [InlineData("limits.request-line-size", 16, int.MaxValue)]
    [InlineData("limits.field-section-size", 16, int.MaxValue)]
    [InlineData("limits.field-count", 1, 100_000)]
    [InlineData("limits.chunk-extension-size", 0, int.MaxValue)]
    [InlineData("limits.trailer-section-size", 2, int.MaxValue)]
    [InlineData("limits.body-size", 0, long.MaxValue)]
    [InlineData("limits.discarded-body-size", 0, int.MaxValue)]
    [InlineData("limits.pipelining", 1, 1024)]
    [InlineData("limits.connections", 1, 10_000_000)]
    [InlineData("limits.refusals", 0, 10_000_000)]
    [InlineData("limits.handler-queue", 1, int.MaxValue)]
    [InlineData("rates.request-body", 1, int.MaxValue)]
    [InlineData("rates.response", 1, int.MaxValue)]
    [InlineData("io.frame-size", 1024, 1024 * 1024)]
    [InlineData("io.receive-window", 1024, int.MaxValue)]
    [InlineData("io.send-window", 1024, int.MaxValue)]
    [InlineData("io.unsent-window", 1024, int.MaxValue)]
    [InlineData("io.reactors", 0, 1024)]
    [InlineData("coding.min-size", 0, int.MaxValue)]
    [InlineData("coding.whole-size", 0, int.MaxValue)]
    [InlineData("supervision.connection-restarts", 0, 10_000)]
    [InlineData("files.body-size", 0, long.MaxValue)]
    [InlineData("files.chunk-size", 1024, int.MaxValue)]
    [InlineData("files.listing-entries", 1, 1_000_000)]
    [InlineData("files.min-free-space", 0, long.MaxValue)]
    [InlineData("files.digest-size", 0, long.MaxValue)]
    [InlineData("files.form-parts", 1, 100_000)]
    [InlineData("dispatcher.throughput", 1, int.MaxValue)]
    [InlineData("reading-dispatcher.threads", 1, 1024)]
    [InlineData("writing-dispatcher.threads", 1, 1024)]
    [InlineData("coding-dispatcher.threads", 1, 1024)]
    public void A_number_is_taken_from_the_least_to_the_most(string key, long least, long most)
    {
        var unit = IsDispatchers(key) || KindOf(key) is not Kind.Size ? "" : "B";
        From($"{key} = {least}{unit}");
        Refuses($"{key} = {least - 1}{unit}");
        if (most == long.MaxValue)
            return;
        From($"{key} = {most}{unit}");
        Refuses($"{key} = {most + 1}{unit}");
    }

    [Fact]
    public void The_table_above_has_every_number_and_every_size()
    {
        var rows = typeof(KeyTests).GetMethod(
            nameof(A_number_is_taken_from_the_least_to_the_most))!.GetCustomAttributes<InlineDataAttribute>();
        var keys = rows.Select(row => (string)row.GetData(null!).Single()[0]).Where(key => !IsDispatchers(key));
        Assert.Equal(KeysInOrder.Where(key => KindOf(key) is Kind.Size or Kind.Number), keys);
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void A_time_is_taken_from_the_smallest_to_24_days(string key)
    {
        if (key != "supervision.longest-pause")
            From($"supervision.longest-pause = 24d\n{key} = 1ms", isText: true);
        From($"supervision.longest-pause = 24d\n{key} = 24d", isText: true);
        Refuses($"{key} = 577h");
    }

    public static TheoryData<string> Times => [.. KeysInOrder.Where(key => KindOf(key) == Kind.Time)];

    [Theory]
    [InlineData("200ms", true)]
    [InlineData("199ms", false)]
    public void The_longest_pause_is_not_shorter_than_the_first(string longest, bool isTaken)
    {
        if (isTaken)
            From($"supervision.longest-pause = {longest}");
        else
            Refuses($"supervision.longest-pause = {longest}");
    }

    [Theory]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("yes", true)]
    [InlineData("off", false)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    public void A_switch_is_said_in_three_ways(string value, bool isOn) =>
        Assert.Equal(isOn, From($"files.dotfiles = {value}").Files.ServesDotfiles);

    [Theory]
    [InlineData("fastest", CompressionLevel.Fastest)]
    [InlineData("optimal", CompressionLevel.Optimal)]
    [InlineData("smallest", CompressionLevel.SmallestSize)]
    public void Each_level_is_the_platforms_of_that_name(string name, CompressionLevel level) =>
        Assert.Equal(level, From($"coding.level = {name}").Server.Coding.Level);

    [Theory]
    [InlineData("limits.body-size")]
    [InlineData("files.body-size")]
    [InlineData("files.digest-size")]
    public void A_cap_may_be_unlimited(string key) => Assert.Equal("", From($"{key} = unlimited").Values[Setting(key)]);

    [Fact]
    public void What_may_be_never_is_off_then()
    {
        Assert.Equal(TimeSpan.Zero, From("io.spin = never").Server.Io.Spin);
        Assert.Null(From("memory.collect-after = never").Server.Memory.CollectAfter);
    }

    // From the limit of open files, of which a quarter (64 to 512) is kept free.
    [Fact]
    public void The_last_descriptors_of_the_process_are_kept_free()
    {
        if (OpenFiles.Limit is not { } limit)
            return;
        var reserve = Math.Clamp(limit / 4, 64, 512);
        Assert.Equal([false, true], new[] { limit - reserve - 1, limit - reserve }.Select(OpenFiles.IsOfReserve));
        Assert.Equal([false, true], new[] { limit - (reserve / 2) - 1, limit - (reserve / 2) }.Select(OpenFiles.IsOfLast));
    }

    private static void Refuses(string hocon)
    {
        var wrong = Record.Exception(() => From(hocon));
        Assert.True(wrong is ConfigurationException, $"{hocon} is taken, or is no fault of a setting: {wrong}");
        Assert.StartsWith($"actor-http.{hocon[..hocon.IndexOf(' ', StringComparison.Ordinal)]} ", wrong.Message, StringComparison.Ordinal);
    }

    private static AllSettings From(string hocon, bool isText = false) =>
        AllSettings.From(ConfigurationFactory.ParseString(isText ? $"actor-http {{\n{hocon}\n}}" : $"actor-http.{hocon}"));

    private static string Setting(string key) => Exceptions.GetValueOrDefault(key) ?? Regex.Replace(
        key, @"(^|[.-])([a-z])", match => match.Value.TrimStart('-').ToUpperInvariant());

    private static Kind KindOf(string key)
    {
        if (OtherTexts.ContainsKey(key) || key == "coding.media-types")
            return Kind.Text;
        var value = Default(key);
        return value is "on" or "off" ? Kind.Switch
            : value is "never" || TimePattern().IsMatch(value) ? Kind.Time
            : value is "unlimited" || SizePattern().IsMatch(value) ? Kind.Size
            : Kind.Number;
    }

    /// <summary>A value that no other key has, in HOCON and as it is read.</summary>
    private static (string Hocon, string Read) Other(string key)
    {
        if (key == "coding.media-types")
            return ("[\"text/*\"]", "");
        if (OtherTexts.TryGetValue(key, out var text))
            return text;
        var number = 1 + Array.IndexOf(KeysInOrder, key);
        return KindOf(key) switch
        {
            Kind.Switch => Default(key) == "on" ? ("off", "False") : ("on", "True"),
            Kind.Time => ($"{3000 + number}ms", SettingValues.Read(TimeSpan.FromMilliseconds(3000 + number))),
            Kind.Size => ($"{2000 + number}B", SettingValues.Read(2000 + number)),
            _ => ($"{number + 20}", SettingValues.Read(number + 20)),
        };
    }

    private static IEnumerable<string> WrongValues(string key)
    {
        string[] wrong = KindOf(key) switch
        {
            Kind.Switch => ["maybe", "1", "ON", "\"\""],
            Kind.Time =>
                ["0s", "-1s", "5", "1.5", "25d", "infinite", "soon", "10 parsecs", "\"\"", "\" \"", .. Default(
                    key) == "never" || key == "io.spin" ? [] : new[] { "never" }],
            Kind.Size =>
                ["-1B", "-1", "5", "5.5", "large", "10 parsecs", "99999999999TiB", "\"\"", .. IsOptional(key) ? [] : new[] { "unlimited" }],
            Kind.Number => ["-1", "1.5", "many", "99999999999", "5s", "\"\"", .. key == "io.reactors" ? [] : new[] { "auto" }],
            _ when OtherTexts.TryGetValue(key, out var text) && text.Hocon[0] != '[' => key switch
            {
                "host" or "endpoint-defaults.host" => ["\"\"", "\" \""],
                "endpoint-defaults.mode" => ["\"0888\"", "\"07777\"", "66", "rw-", "\"\""],
                "endpoints" => ["5", "x", "[1]", "\"\""],
                "coding.level" => ["hardest", "1", "FASTEST", "\"\""],
                _ => [],
            },
            _ => ["x", "5", "[{ a = 1 }]", "[[a]]", "\"\""],
        };
        return key == "endpoints" ? wrong : [.. wrong, "{ a = 1 }"];
    }

    private static bool IsOptional(string key) => key is "limits.body-size" or "files.body-size" or "files.digest-size";

    private static bool IsDispatchers(string key) => key.Contains("dispatcher", StringComparison.Ordinal);

    private static string Default(string key) => AllSettings.Defaults.GetString($"actor-http.{key}");

    // Akka reads dispatchers and mailboxes itself: AkkaKeyTests has those. ServerSectionTests has the servers with a name.
    private static IEnumerable<string> KeysOf(Config defaults, string prefix) =>
        defaults.GetConfig($"actor-http.{prefix}".TrimEnd('.')).Root.GetObject().Items
            .Where(item => !(item.Value.IsObject() && AkkaSection.IsIn(defaults, $"actor-http.{prefix}{item.Key}")))
            .Where(item => item.Key != "servers")
            .SelectMany(
                item => item.Value.IsObject() && item.Value.GetObject().Items.Count > 0
                    ? KeysOf(defaults, $"{prefix}{item.Key}.")
                    : [prefix + item.Key]);

    [GeneratedRegex(@"^[0-9.]+(ms|s|m|h|d)$")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"^[0-9]+([kKMG]i?)?B$")]
    private static partial Regex SizePattern();

    private enum Kind
    {
        Switch,
        Time,
        Size,
        Number,
        Text,
    }
}
