using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>
/// A setting whose value cannot be used. It keeps the key apart, so that a host can name the flag or variable that set it.
/// </summary>
internal sealed class SettingException(string key, string? value, string expected)
    : ConfigurationException($"{key} = {(string.IsNullOrWhiteSpace(value) ? $"\"{value}\"" : value)} {Fault(expected)}")
{
    public string Key { get; } = key;

    /// <summary>The message without the key and its value.</summary>
    public string WithoutSetting { get; } = Fault(expected);

    private static string Fault(string expected) => $"cannot be used: {expected}.";
}
