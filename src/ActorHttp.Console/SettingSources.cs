using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>A setting that comes from a flag or an environment variable.</summary>
/// <param name="Key">The configuration key of the setting.</param>
/// <param name="Name">The name of the flag or the variable.</param>
/// <param name="Said">
/// The flag or the variable with its value, as the user wrote it, such as <c>--port 80</c> or <c>ACTORHTTP_PORT=80</c>.
/// </param>
/// <param name="Hocon">The value of the key, in HOCON.</param>
internal sealed record GivenSetting(string Key, string Name, string Said, string Hocon)
{
    public static GivenSetting Variable(string key, string name, string said, string value) =>
        new(key, name, $"{name}={said}", Quoted(value));

    public static GivenSetting Flag(string key, string name, string value) => new(key, name, $"{name} {value}", Quoted(value));

    /// <summary>Makes the setting of a flag that can be repeated. The value of the key is a list.</summary>
    public static GivenSetting Flag(string key, string name, string[] values) =>
        new(key, name, string.Join(' ', values.Select(value => $"{name} {value}")), $"[{string.Join(", ", values.Select(Quoted))}]");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>
/// The settings of the console host, with the source of each setting. A later setting replaces an earlier setting with the same
/// key.
/// </summary>
internal sealed class SettingSources(Config file)
{
    private readonly Dictionary<string, GivenSetting> _given = [];

    /// <summary>The configuration with all settings that were added.</summary>
    public Config Config { get; private set; } = file;

    public void Add(GivenSetting setting)
    {
        Config = ConfigurationFactory.ParseString($"{setting.Key} = {setting.Hocon}").WithFallback(Config);
        _given[setting.Key] = setting;
    }

    /// <summary>
    /// Returns the name of the flag or variable that has set a key. Returns the key itself when no flag or variable has set the
    /// key.
    /// </summary>
    public string NameOf(string key) => _given.TryGetValue(key, out var setting) ? setting.Name : key;

    /// <summary>Returns a message about a setting that the host cannot use; null when there is no such setting.</summary>
    public string? IgnoredSetting(ActorHttpSettings settings)
    {
        if (ActorHttpSettings.ServersIn(Config).FirstOrDefault() is { } server)
            return $"actor-http.servers.{server} cannot be used: this program has one server, which can have several actor-http.endpoints.";

        // ActorHttpSettings refuses host and port together with endpoints only when the value differs from the default. A flag or
        // a variable must be refused in any case.
        var place = _given.GetValueOrDefault("actor-http.port") ?? _given.GetValueOrDefault("actor-http.host");
        return place is null || settings.Endpoints.Length == 0
            ? null
            : $"{place.Said} cannot be used: actor-http.endpoints says where to listen.";
    }

    /// <summary>
    /// Returns the message of an exception. When a flag or a variable has set the wrong value, the message contains the flag or
    /// the variable instead of the key.
    /// </summary>
    public string Explain(ConfigurationException wrong) =>
        wrong is SettingException setting && _given.TryGetValue(setting.Key, out var given)
            ? $"{given.Said} {setting.WithoutSetting}"
            : wrong.Message.ReplaceLineEndings(" ");
}
