using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>A setting that a flag or a variable gives.</summary>
/// <param name="Key">The key that it sets.</param>
/// <param name="Name">The flag or the variable.</param>
/// <param name="Said">How it was written, such as <c>--port 80</c> or <c>ACTORHTTP_PORT=80</c>.</param>
/// <param name="Hocon">The value for the key, in HOCON.</param>
internal sealed record GivenSetting(string Key, string Name, string Said, string Hocon)
{
    public static GivenSetting Variable(string key, string name, string said, string value) => new(key, name, $"{name}={said}", Quoted(value));

    public static GivenSetting Flag(string key, string name, string value) => new(key, name, $"{name} {value}", Quoted(value));

    /// <summary>A flag that may be repeated, and gives a list.</summary>
    public static GivenSetting Flag(string key, string name, string[] values) =>
        new(key, name, string.Join(' ', values.Select(value => $"{name} {value}")), $"[{string.Join(", ", values.Select(Quoted))}]");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>The settings of the console host, and for each where it came from. What is added later wins.</summary>
internal sealed class SettingSources(Config file)
{
    private readonly Dictionary<string, GivenSetting> _given = [];

    /// <summary>All of them together.</summary>
    public Config Config { get; private set; } = file;

    public void Add(GivenSetting setting)
    {
        Config = ConfigurationFactory.ParseString($"{setting.Key} = {setting.Hocon}").WithFallback(Config);
        _given[setting.Key] = setting;
    }

    /// <summary>The flag or the variable that has given a key, else the key.</summary>
    public string NameOf(string key) => _given.TryGetValue(key, out var setting) ? setting.Name : key;

    /// <summary>What is wrong, in the words of the one who gave the setting.</summary>
    public string Explain(ConfigurationException wrong) =>
        wrong is SettingException setting && _given.TryGetValue(setting.Key, out var given)
            ? $"{given.Said} {setting.WithoutSetting}"
            : wrong.Message.ReplaceLineEndings(" ");
}
