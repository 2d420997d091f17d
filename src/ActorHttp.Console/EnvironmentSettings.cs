using System.Collections;
using Akka.Configuration;

namespace ActorHttp.ConsoleHost;

/// <summary>Reads the environment variables <c>ACTORHTTP_*</c>. A variable with an empty value counts as not set.</summary>
internal static class EnvironmentSettings
{
    public const string Configuration = "ACTORHTTP_CONFIG";
    public const string LogLevel = "ACTORHTTP_LOG_LEVEL";
    private const string ReadOnly = "ACTORHTTP_READ_ONLY";

    // The variables with the keys that they set.
    private static readonly (string Variable, string Key)[] Keys =
    [
        ("ACTORHTTP_DIRECTORY", "actor-http.directory"),
        ("ACTORHTTP_PORT", "actor-http.port"),
        ("ACTORHTTP_HOST", "actor-http.host"),
        (ReadOnly, "actor-http.files.read-only"),
    ];

    /// <summary>The names of all variables that the host reads.</summary>
    public static IEnumerable<string> Names => Keys.Select(each => each.Variable).Append(Configuration).Append(LogLevel);

    /// <summary>Returns the value of a variable; null when the variable is empty or not set.</summary>
    public static string? Get(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>Returns the settings from the environment variables of this process.</summary>
    /// <exception cref="ConfigurationException">A variable has a value that is not allowed.</exception>
    public static IEnumerable<GivenSetting> Read() => Read(Get);

    /// <summary>Returns the settings from variables. The function <paramref name="get"/> returns the value of a variable.</summary>
    public static IEnumerable<GivenSetting> Read(Func<string, string?> get)
    {
        foreach (var (variable, key) in Keys)
        {
            if (get(variable) is { } value)
                yield return GivenSetting.Variable(key, variable, value, variable == ReadOnly ? Switch(variable, value) : value);
        }
    }

    /// <summary>Returns a warning for each variable whose name begins with ACTORHTTP but is not in <see cref="Names"/>.</summary>
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

    // Accepts all these words, because shells, container tools and supervisors use different words for on and off.
    private static string Switch(string variable, string value) => value.ToLowerInvariant() switch
    {
        "1" or "true" or "yes" or "on" => "on",
        "0" or "false" or "no" or "off" => "off",
        _ => throw new ConfigurationException($"{variable}={value} cannot be used: it must be 1, 0, true, false, yes, no, on or off."),
    };
}
