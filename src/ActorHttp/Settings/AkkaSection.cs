using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>The sections of actor-http that Akka reads itself: dispatchers and mailboxes. Which they are, hocon/reference.conf says.</summary>
internal static class AkkaSection
{
    // A thread needs memory for its stack, and a pool that waits for disks gains nothing from more.
    private const int MostThreads = 1024;

    // What Akka reads of a dispatcher and of a mailbox beyond what hocon/reference.conf sets.
    private static readonly HashSet<string> AkkasKeys =
    [
        "type", "executor", "throughput", "throughput-deadline-time", "shutdown-timeout", "attempt-teamwork", "mailbox-requirement",
        "default-executor", "thread-pool-executor", "fork-join-executor", "dedicated-thread-pool", "channel-executor",
        "current-context-executor", "task-executor", "mailbox-type", "mailbox-capacity", "mailbox-push-timeout-time", "stash-capacity",
    ];

    /// <summary>The paths of all dispatchers in the section <paramref name="path"/> of <paramref name="known"/>.</summary>
    public static IEnumerable<string> Dispatchers(Config known, string path) =>
        known.GetValue(path).GetObject().Items.Keys.Select(key => $"{path}.{key}").Where(section => IsDispatcher(known, section));

    /// <summary>Whether <paramref name="path"/> is a dispatcher or a mailbox in <paramref name="known"/>.</summary>
    public static bool IsIn(Config known, string path) => IsDispatcher(known, path) || known.HasPath($"{path}.mailbox-type");

    /// <summary>Whether somebody reads this key: Akka, or a type that stands in place of ours and has keys that we cannot know.</summary>
    public static bool Reads(Config config, Config known, string path, string key) =>
        AkkasKeys.Contains(key) || IsReplaced(config, known, $"{path}.type") || IsReplaced(config, known, $"{path}.executor") || IsReplaced(config, known, $"{path}.mailbox-type");

    /// <summary>Refuses values of a dispatcher that Akka would take and that stop or break it.</summary>
    public static void CheckDispatcher(Section dispatcher)
    {
        dispatcher.Int("throughput", 1, int.MaxValue);
        if (dispatcher.Has("threads") && dispatcher.Text("threads") != "auto")
            dispatcher.Int("threads", 1, MostThreads, "auto or a whole number");
        dispatcher.RefuseWithoutUnit("shutdown-timeout");
        dispatcher.RefuseWithoutUnit("throughput-deadline-time");
    }

    private static bool IsDispatcher(Config known, string path) => known.GetValue(path).IsObject() && known.HasPath($"{path}.executor");

    // Types of others have their assembly's name behind a comma.
    private static bool IsReplaced(Config config, Config known, string path) =>
        config.HasPath(path) && config.GetString(path) is var type && type.Contains(',', StringComparison.Ordinal) && type != known.GetString(path, "");
}
