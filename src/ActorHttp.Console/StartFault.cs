using System.Reflection;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.ConsoleHost;

/// <summary>Finds the reason, in one line, why the host has failed to start.</summary>
internal static class StartFault
{
    /// <summary>
    /// Returns a message about a configured serializer whose type does not exist; null when all types exist. Without this check,
    /// Akka would start without that serializer.
    /// </summary>
    public static string? MissingSerializer(Config given)
    {
        const string Path = "akka.actor.serializers";
        if (!given.HasPath(Path) || !given.GetValue(Path).IsObject())
            return null;
        foreach (var (name, type) in given.GetValue(Path).GetObject().Items)
        {
            if (type.IsString() && Type.GetType(type.GetString(), throwOnError: false) is null)
                return $"{Path}.{name} = {type.GetString()} cannot be used: there is no such type.";
        }

        return null;
    }

    /// <summary>
    /// Returns the message of the original exception. Adds the setting that has caused the exception when the message contains
    /// the value of a setting.
    /// </summary>
    public static string Describe(Exception fault, Config given)
    {
        while (fault is TargetInvocationException or AggregateException or TypeInitializationException && fault.InnerException is { } inner)
            fault = inner;
        var message = string.Join(
            ' ', fault.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var setting = Leaves(given.Root, "").FirstOrDefault(leaf => IsAbout(message, leaf.Value));
        return setting.Path is null || message.Contains(setting.Path, StringComparison.Ordinal)
            ? $"ActorHttp cannot start: {message}"
            : $"ActorHttp cannot start with {setting.Path} = {setting.Value}: {message}";
    }

    // Whether a message is about a value. Akka quotes the wrong value in the message, or puts the value at the end. For the name
    // of a type, Akka quotes only the part that was not found.
    private static bool IsAbout(string message, string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Any(part => IsIn(message, part));

    private static bool IsIn(string message, string part) =>
        message.Contains($"'{part}'", StringComparison.Ordinal) || message.Contains($"'{part},", StringComparison.Ordinal)
        || message.Contains($"\"{part}\"", StringComparison.Ordinal) || message.EndsWith($" {part}", StringComparison.Ordinal);

    private static IEnumerable<(string Path, string Value)> Leaves(HoconValue value, string path)
    {
        if (value.IsObject())
            return value.GetObject().Items.SelectMany(item => Leaves(item.Value, path.Length == 0 ? item.Key : $"{path}.{item.Key}"));
        return value.IsArray() ? value.GetArray().Select(item => (path, item.GetString())) : [(path, value.GetString() ?? "")];
    }
}
