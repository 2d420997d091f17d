using System.Globalization;
using System.IO.Compression;
using ActorHttp.Fields;
using ActorHttp.Semantics;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.Settings;

/// <summary>
/// Reads the keys of one section. The exception for a wrong value has a message of one line, with the key and the expected
/// values.
/// </summary>
internal sealed class Section(Config config, string path)
{
    private readonly Config _config = config;

    /// <summary>
    /// Throws when the section at <paramref name="path"/> has a key that the same section of <paramref name="known"/> does not
    /// have. Otherwise the server would ignore a key with a typing error.
    /// </summary>
    public static void RefuseUnknown(Config config, Config known, string path) => RefuseUnknown(config, known, path, path);

    /// <summary>
    /// Throws when the section at <paramref name="path"/> has a key that the section at <paramref name="knownPath"/> of
    /// <paramref name="known"/> does not have.
    /// </summary>
    public static void RefuseUnknown(Config config, Config known, string path, string knownPath)
    {
        if (!config.HasPath(path))
            return;
        var isSection = known.GetValue(knownPath).IsObject();
        var value = config.GetValue(path);
        if (isSection != value.IsObject())
            throw new ConfigurationException($"{path} cannot be used: it must be {(isSection ? "a section of settings" : "a value")}.");
        if (!isSection)
            return;
        switch (knownPath)
        {
            case ServerSection.Servers:
                ServerSection.Check(config, known);
                return;
            case EndpointSection.Endpoints:
                // The keys of this section are the names of endpoints. EndpointSection checks the keys of each endpoint.
                return;
        }

        var isAkkas = AkkaSection.IsIn(known, knownPath);
        foreach (var key in value.GetObject().Items.Keys)
        {
            if ($"{path}.{key}" == "actor-http.blocking-dispatcher")
            {
                throw new ConfigurationException(
                    "actor-http.blocking-dispatcher is no setting any more: reading and writing have threads of their own, "
                        + "actor-http.reading-dispatcher and actor-http.writing-dispatcher.");
            }

            if (isAkkas && AkkaSection.Reads(config, known, path, key))
                continue;
            if (!known.HasPath($"{knownPath}.{key}"))
                throw Unknown($"{path}.{key}");
            RefuseUnknown(config, known, $"{path}.{key}", $"{knownPath}.{key}");
        }
    }

    /// <summary>Throws when the configuration has a value at this path, and the value is not a section.</summary>
    public static void RequireSection(Config config, string path)
    {
        if (config.HasPath(path) && !config.GetValue(path).IsObject())
            throw new ConfigurationException($"{path} cannot be used: it must be a section of settings.");
    }

    /// <summary>Creates the exception for a key that is not a setting.</summary>
    public static ConfigurationException Unknown(string key) => new($"{key} is no setting; hocon/reference.conf has them all.");

    public bool Has(string key) => _config.HasPath(Path(key));

    public string Text(string key) => _config.GetString(Path(key)) ?? throw Wrong(key, "a text");

    /// <summary>Reads a text. Throws when the text is empty or has only blanks.</summary>
    public string Name(string key, string expected) =>
        Text(key) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong(key, expected);

    public int Int(string key, int least, int most, string expected = "a whole number") =>
        int.TryParse(Text(key), out var value) && value >= least && value <= most
            ? value
            : throw Wrong(key, $"{expected} from {least} to {most}");

    public int Size(string key, int least, int most = int.MaxValue)
    {
        var size = OptionalSize(key);
        return size >= least && size <= most ? (int)size : throw Wrong(key, $"a size of {least} to {most} bytes, such as 16KiB");
    }

    public long LongSize(string key) => OptionalSize(key) ?? throw Wrong(key, "a size in bytes, such as 1GiB");

    public long? OptionalSize(string key)
    {
        var text = Text(key);
        if (text == "unlimited")
            return null;

        // The size zero needs no unit, because zero is the same in every unit.
        if (IsPlainNumber(text) && text != "0")
            throw WithoutUnit(key, text, "B");
        try
        {
            return _config.GetByteSize(Path(key)) is { } size and >= 0 && !Overflows(text)
                ? size
                : throw Wrong(key, "a size in bytes, such as 16KiB");
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Wrong(key, "a size in bytes, such as 16KiB");
        }
    }

    public TimeSpan Time(string key)
    {
        TimeSpan time;
        if (Text(key) is var text && IsPlainNumber(text))
            throw WithoutUnit(key, text, "s");
        try
        {
            time = _config.GetTimeSpan(Path(key), allowInfinite: false);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Wrong(key, "a time, such as 10s");
        }

        return time > TimeSpan.Zero && time <= TimeSpan.FromDays(24)
            ? time
            : throw Wrong(key, "a time above zero and up to 24 days, such as 10s");
    }

    /// <summary>Reads a time. Throws when the time is shorter than <paramref name="least"/>.</summary>
    public TimeSpan Time(string key, TimeSpan least) =>
        Time(key) is var time && time >= least
            ? time
            : throw Wrong(key, $"a time of at least {least.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s");

    /// <summary>
    /// Throws when the value is a number without a unit. Used for a key that Akka reads as a time, because Akka would use the
    /// unit milliseconds.
    /// </summary>
    public void RefuseWithoutUnit(string key)
    {
        if (Has(key) && Text(key) is var text && IsPlainNumber(text) && text != "0")
            throw WithoutUnit(key, text, "ms");
    }

    public TimeSpan? OptionalTime(string key) => Text(key) == "never" ? null : Time(key);

    public bool Flag(string key) => Text(key) switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw Wrong(key, "on or off"),
    };

    public ContentCoding[] Codings(string key) => Codings(key, "br, zstd, gzip and deflate", coding => coding.Token());

    /// <summary>
    /// Reads a list of content codings. Throws when the list has a coding for which <paramref name="use"/> returns null.
    /// </summary>
    public ContentCoding[] Codings(string key, string choices, Func<ContentCoding, string?> use)
    {
        var tokens = Names(key, $"a list of {choices}");
        var codings = new ContentCoding[tokens.Length];
        for (var i = 0; i < codings.Length; i++)
        {
            if (!ContentCodings.TryParse(tokens[i], out codings[i]) || codings[i] == ContentCoding.Identity || use(codings[i]) is null)
            {
                throw new ConfigurationException(
                    $"{Path(key)} = [{string.Join(", ", tokens)}] cannot be used: it must be a list of {choices}.");
            }
        }

        return codings;
    }

    public string[] Hosts(string key)
    {
        const string expected = "a list of host names such as \"example.org\" or \"*.example.org\", without ports; \"*\" is every host";
        var names = Names(key, expected);
        var wrong = names.FirstOrDefault(name => !ServedHosts.IsPattern(name));
        return wrong is null
            ? names
            : throw new ConfigurationException(
                $"{Path(key)} cannot be used: \"{wrong.ReplaceLineEndings(" ")}\" is no host name; it must be {expected}.");
    }

    public MediaTypeSet MediaTypes(string key)
    {
        var patterns = Names(key, "a list of media types");
        var wrong = patterns.FirstOrDefault(pattern => !MediaTypeSet.IsPattern(pattern));
        return wrong is null
            ? MediaTypeSet.Of(patterns)
            : throw new ConfigurationException(
                $"{Path(key)} cannot be used: \"{wrong.ReplaceLineEndings(" ")}\" is no media type, and no pattern such as "
                    + $"text/* or *+json.");
    }

    public CompressionLevel Level(string key) => Text(key) switch
    {
        "fastest" => CompressionLevel.Fastest,
        "optimal" => CompressionLevel.Optimal,
        "smallest" => CompressionLevel.SmallestSize,
        _ => throw Wrong(key, "fastest, optimal or smallest"),
    };

    /// <summary>Creates the exception for a value that cannot be used.</summary>
    public SettingException Wrong(string key, string expected) => new(Path(key), _config.GetString(Path(key)), $"it must be {expected}");

    /// <summary>Reads a list of texts. Throws when an item is an object or a list.</summary>
    public string[] Names(string key, string expected) =>
    [
        .. Items(key, expected).Select(item =>
            item.IsString() ? item.GetString() : throw new ConfigurationException($"{Path(key)} cannot be used: it must be {expected}.")),
    ];

    /// <summary>Reads a list of values of any kind. Throws when the value of the key is not a list.</summary>
    /// <remarks>
    /// This method does not use Akka's own methods, because these methods return wrong results in three cases. For a value that
    /// is not a list, they return an empty list, so the setting would be off without an error. For an empty list, they return
    /// no value. For a list with a blank after its end, they return two values.
    /// </remarks>
    public IEnumerable<HoconValue> Items(string key, string expected) =>
        _config.GetValue(Path(key)).Values.Where(
            value => value is HoconArray || !string.IsNullOrWhiteSpace(value.GetString())).ToArray() is [HoconArray items]
            ? items.Where(item => item is { Values.Count: > 0 } && !IsBlank(item))
            : throw Wrong(key, expected);

    private static bool IsBlank(HoconValue item) =>
        item.IsString() && item.GetString() is { Length: > 0 } text && string.IsNullOrWhiteSpace(text);

    /// <summary>Returns the full path of a key, for messages.</summary>
    public string Path(string key) => $"{path}.{key}";

    // Whether a size is too large. Akka multiplies the number by the factor of its unit and does not check for an overflow.
    // After an overflow, the result could be any value.
    private static bool Overflows(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.") is var end and >= 0 ? end : text.Length;
        var unit = ConfigurationFactory.ParseString($"unit = \"1{text[digits..]}\"").GetByteSize("unit") ?? 1;
        return double.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture) * unit >= long.MaxValue;
    }

    private static bool IsPlainNumber(string text) =>
        text.Length > 0
            && (char.IsAsciiDigit(text[^1]) || text[^1] == '.')
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private SettingException WithoutUnit(string key, string text, string unit) =>
        new(Path(key), text, $"say the unit, such as {text.TrimStart('-', '+')}{unit}");
}
