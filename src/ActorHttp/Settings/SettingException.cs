using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>
/// The exception for a setting whose value cannot be used. The exception stores the key as a property, so that a host can show
/// the flag or the environment variable that has set the value.
/// </summary>
internal sealed class SettingException(string key, string? value, string expected)
    : ConfigurationException($"{key} = {(string.IsNullOrWhiteSpace(value) ? $"\"{value}\"" : value)} {Fault(expected)}")
{
    public string Key { get; } = key;

    /// <summary>The message without the key and its value.</summary>
    public string WithoutSetting { get; } = Fault(expected);

    private static string Fault(string expected) => $"cannot be used: {expected}.";
}
