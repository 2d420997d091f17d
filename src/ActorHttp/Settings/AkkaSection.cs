using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>Checks the sections of actor-http that Akka itself reads: the dispatchers and mailboxes in hocon/reference.conf.</summary>
internal static class AkkaSection
{
    // The largest number of threads of a dispatcher. Each thread needs memory for its stack, and more threads do not make a
    // disk faster.
    private const int MostThreads = 1024;

    // The keys of a dispatcher or a mailbox that Akka reads, but that hocon/reference.conf does not set.
    private static readonly HashSet<string> AkkasKeys =
    [
        "type", "executor", "throughput", "throughput-deadline-time", "shutdown-timeout", "attempt-teamwork", "mailbox-requirement",
        "default-executor", "thread-pool-executor", "fork-join-executor", "dedicated-thread-pool", "channel-executor",
        "current-context-executor", "task-executor", "mailbox-type", "mailbox-capacity", "mailbox-push-timeout-time", "stash-capacity",
    ];

    /// <summary>Returns the paths of all dispatchers in the section <paramref name="path"/> of <paramref name="known"/>.</summary>
    public static IEnumerable<string> Dispatchers(Config known, string path) =>
        known.GetValue(path).GetObject().Items.Keys.Select(key => $"{path}.{key}").Where(section => IsDispatcher(known, section));

    /// <summary>Whether <paramref name="path"/> is a dispatcher or a mailbox in <paramref name="known"/>.</summary>
    public static bool IsIn(Config known, string path) => IsDispatcher(known, path) || known.HasPath($"{path}.mailbox-type");

    /// <summary>
    /// Whether this key is allowed. A key is allowed if Akka reads it. Any key is allowed in a section whose type, executor or
    /// mailbox type is replaced by a type of another assembly.
    /// </summary>
    public static bool Reads(Config config, Config known, string path, string key) =>
        AkkasKeys.Contains(key)
            || IsReplaced(config, known, $"{path}.type")
            || IsReplaced(config, known, $"{path}.executor")
            || IsReplaced(config, known, $"{path}.mailbox-type");

    /// <summary>Throws when a value would prevent the dispatcher from running, although Akka accepts the value.</summary>
    public static void CheckDispatcher(Section dispatcher)
    {
        dispatcher.Int("throughput", 1, int.MaxValue);
        if (dispatcher.Has("threads") && dispatcher.Text("threads") != "auto")
            dispatcher.Int("threads", 1, MostThreads, "auto or a whole number");
        dispatcher.RefuseWithoutUnit("shutdown-timeout");
        dispatcher.RefuseWithoutUnit("throughput-deadline-time");
    }

    private static bool IsDispatcher(Config known, string path) => known.GetValue(path).IsObject() && known.HasPath($"{path}.executor");

    // Whether the configuration replaces a type by a type of another assembly. The full name of such a type contains a comma
    // before the name of its assembly.
    private static bool IsReplaced(Config config, Config known, string path) =>
        config.HasPath(path)
            && config.GetString(path) is var type
            && type.Contains(',', StringComparison.Ordinal)
            && type != known.GetString(path, "");
}
