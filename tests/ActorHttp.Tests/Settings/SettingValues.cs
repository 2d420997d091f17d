using System.Collections;
using System.Globalization;
using System.Reflection;

namespace ActorHttp.Tests.Settings;

/// <summary>Settings as text, to compare them.</summary>
internal static class SettingValues
{
    /// <summary>Every value in the settings by its path, down to those that are no records of ours.</summary>
    public static Dictionary<string, string> Of(object settings) => LeavesOf(settings, "").ToDictionary();

    private static IEnumerable<KeyValuePair<string, string>> LeavesOf(object settings, string prefix) =>
        settings.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property =>
            property.GetValue(settings) is { } value && IsRecord(value.GetType())
                ? LeavesOf(value, $"{prefix}{property.Name}.")
                : [KeyValuePair.Create(prefix + property.Name, Read(property.GetValue(settings)))]);

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    public static string Read(object? value) => value switch
    {
        string text => text,
        IEnumerable items => string.Join(",", items.Cast<object>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
