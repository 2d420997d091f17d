using System.Collections;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>The variables <c>ACTORHTTP_*</c>. One that is empty counts as one that is not there.</summary>
internal static class EnvironmentSettings
{
    public const string Configuration = "ACTORHTTP_CONFIG";
    public const string LogLevel = "ACTORHTTP_LOG_LEVEL";
    private const string ReadOnly = "ACTORHTTP_READ_ONLY";

    // The variable, and the key that it means.
    private static readonly (string Variable, string Key)[] Keys =
    [
        ("ACTORHTTP_DIRECTORY", "actor-http.directory"),
        ("ACTORHTTP_PORT", "actor-http.port"),
        ("ACTORHTTP_HOST", "actor-http.host"),
        (ReadOnly, "actor-http.files.read-only"),
    ];

    /// <summary>The names of all variables that are read.</summary>
    public static IEnumerable<string> Names => Keys.Select(each => each.Variable).Append(Configuration).Append(LogLevel);

    /// <summary>The value of a variable; null when it is empty or not there.</summary>
    public static string? Get(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>The settings that variables give.</summary>
    /// <exception cref="ConfigurationException">A value is none of those that the variable takes.</exception>
    public static IEnumerable<GivenSetting> Read() => Read(Get);

    /// <summary>The same, from variables that <paramref name="get"/> knows.</summary>
    public static IEnumerable<GivenSetting> Read(Func<string, string?> get)
    {
        foreach (var (variable, key) in Keys)
        {
            if (get(variable) is { } value)
                yield return GivenSetting.Variable(key, variable, value, variable == ReadOnly ? Switch(variable, value) : value);
        }
    }

    /// <summary>A line for each variable that looks like ours and is none.</summary>
    public static IEnumerable<string> Unknown()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (!NearMiss.Normalized(name).StartsWith("actorhttp", StringComparison.Ordinal) || Names.Contains(name))
                continue;
            var meant = NearMiss.Of(name, Names);
            yield return meant is null
                ? $"{name} is no variable of ActorHttp, and is ignored; there are {string.Join(", ", Names)}"
                : $"{name} is no variable of ActorHttp, and is ignored; {meant} was probably meant";
        }
    }

    // Programs that start others spell a switch in all of these ways.
    private static string Switch(string variable, string value) => value.ToLowerInvariant() switch
    {
        "1" or "true" or "yes" or "on" => "on",
        "0" or "false" or "no" or "off" => "off",
        _ => throw new ConfigurationException($"{variable}={value} cannot be used: it must be 1, 0, true, false, yes, no, on or off."),
    };
}
