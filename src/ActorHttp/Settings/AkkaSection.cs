using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>The sections of actor-http that Akka reads itself: the dispatchers and mailboxes in hocon/reference.conf.</summary>
internal static class AkkaSection
{
    // Each thread needs memory for its stack, and more threads do not make a disk faster.
    private const int MostThreads = 1024;

    // The keys of a dispatcher or a mailbox that Akka reads and that hocon/reference.conf does not set.
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

    /// <summary>Whether this key may be read: by Akka, or by a type that replaces the server's own and may have any keys.</summary>
    public static bool Reads(Config config, Config known, string path, string key) =>
        AkkasKeys.Contains(key)
            || IsReplaced(config, known, $"{path}.type")
            || IsReplaced(config, known, $"{path}.executor")
            || IsReplaced(config, known, $"{path}.mailbox-type");

    /// <summary>Refuses values that Akka accepts for a dispatcher and with which the dispatcher would not run.</summary>
    public static void CheckDispatcher(Section dispatcher)
    {
        dispatcher.Int("throughput", 1, int.MaxValue);
        if (dispatcher.Has("threads") && dispatcher.Text("threads") != "auto")
            dispatcher.Int("threads", 1, MostThreads, "auto or a whole number");
        dispatcher.RefuseWithoutUnit("shutdown-timeout");
        dispatcher.RefuseWithoutUnit("throughput-deadline-time");
    }

    private static bool IsDispatcher(Config known, string path) => known.GetValue(path).IsObject() && known.HasPath($"{path}.executor");

    // The type of another assembly has that assembly's name after a comma.
    private static bool IsReplaced(Config config, Config known, string path) =>
        config.HasPath(path)
            && config.GetString(path) is var type
            && type.Contains(',', StringComparison.Ordinal)
            && type != known.GetString(path, "");
}
