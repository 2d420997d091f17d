using System.Reflection;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorHttp.ConsoleHost;

/// <summary>Finds the reason, in one line, why the host could not start.</summary>
internal static class StartFault
{
    /// <summary>
    /// Returns a line about a serializer whose type does not exist; null when there is none. Akka would start without it.
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

    /// <summary>Returns the cause of an exception, with the setting that the message is about when there is one.</summary>
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

    // Messages of Akka quote the value, or end with it. Of the name of a type they quote the part that was not found.
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
