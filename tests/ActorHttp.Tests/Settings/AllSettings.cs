using ActorHttp.Files.Settings;
using ActorHttp.Settings;
using Akka.Configuration;

namespace ActorHttp.Tests.Settings;

/// <summary>The settings of the server and of its file server, checked and read as the console host does it.</summary>
internal sealed record AllSettings(ActorHttpSettings Server, FileSettings Files)
{
    /// <summary>hocon/reference.conf and hocon/files.conf.</summary>
    public static Config Defaults { get; } = ActorHttpSettings.Reference.WithFallback(FileSettings.Defaults);

    public static AllSettings From(Config config)
    {
        ActorHttpSettings.Check(config, Defaults);
        return new AllSettings(ActorHttpSettings.From(config), FileSettings.From(config));
    }

    /// <summary>Every value by its path.</summary>
    public Dictionary<string, string> Values =>
        SettingValues.Of(Server).Concat(
            SettingValues.Of(Files).Select(each => KeyValuePair.Create($"Files.{each.Key}", each.Value))).ToDictionary();
}
