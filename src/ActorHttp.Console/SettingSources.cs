using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>A setting that a flag or a variable gives.</summary>
/// <param name="Key">The key that it sets.</param>
/// <param name="Name">The name of the flag or the variable.</param>
/// <param name="Said">The flag or the variable with its value, such as <c>--port 80</c> or <c>ACTORHTTP_PORT=80</c>.</param>
/// <param name="Hocon">The value for the key, in HOCON.</param>
internal sealed record GivenSetting(string Key, string Name, string Said, string Hocon)
{
    public static GivenSetting Variable(string key, string name, string said, string value) =>
        new(key, name, $"{name}={said}", Quoted(value));

    public static GivenSetting Flag(string key, string name, string value) => new(key, name, $"{name} {value}", Quoted(value));

    /// <summary>Makes the setting of a flag that may be repeated. Its value is a list.</summary>
    public static GivenSetting Flag(string key, string name, string[] values) =>
        new(key, name, string.Join(' ', values.Select(value => $"{name} {value}")), $"[{string.Join(", ", values.Select(Quoted))}]");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>The settings of the console host, and the source of each. A setting that is added later wins.</summary>
internal sealed class SettingSources(Config file)
{
    private readonly Dictionary<string, GivenSetting> _given = [];

    /// <summary>All settings together.</summary>
    public Config Config { get; private set; } = file;

    public void Add(GivenSetting setting)
    {
        Config = ConfigurationFactory.ParseString($"{setting.Key} = {setting.Hocon}").WithFallback(Config);
        _given[setting.Key] = setting;
    }

    /// <summary>Returns the flag or the variable that has set a key; the key itself when neither has.</summary>
    public string NameOf(string key) => _given.TryGetValue(key, out var setting) ? setting.Name : key;

    /// <summary>Returns a message about a setting that the console host would ignore; null when there is none.</summary>
    public string? IgnoredSetting(ActorHttpSettings settings)
    {
        if (ActorHttpSettings.ServersIn(Config).FirstOrDefault() is { } server)
            return $"actor-http.servers.{server} cannot be used: this program has one server, which can have several actor-http.endpoints.";

        // The settings themselves refuse a place beside endpoints only when it differs from the default.
        var place = _given.GetValueOrDefault("actor-http.port") ?? _given.GetValueOrDefault("actor-http.host");
        return place is null || settings.Endpoints.Length == 0
            ? null
            : $"{place.Said} cannot be used: actor-http.endpoints says where to listen.";
    }

    /// <summary>Returns the message of a fault. It names the flag or the variable when one of these has given the setting.</summary>
    public string Explain(ConfigurationException wrong) =>
        wrong is SettingException setting && _given.TryGetValue(setting.Key, out var given)
            ? $"{given.Said} {setting.WithoutSetting}"
            : wrong.Message.ReplaceLineEndings(" ");
}
