using ActorHttp.Protocol.Http1;
using ActorHttp.Semantics;
using ActorHttp.Sockets;
using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>The section <c>actor-http</c>, read once at start. Each key is explained in hocon/reference.conf.</summary>
internal sealed record ActorHttpSettings(
    string Host,
    string[] Hosts,
    int Port,
    string Directory,
    int Backlog,
    ReaderLimits Reader,
    LimitSettings Limits,
    TimeoutSettings Timeouts,
    RateSettings Rates,
    IoSettings Io,
    MemorySettings Memory,
    CodingSettings Coding,
    SupervisionSettings Supervision,
    bool HasFaults)
{
    /// <summary>The dispatcher of what serves the sockets: nothing on it may block.</summary>
    public const string Dispatcher = "actor-http.dispatcher";

    /// <summary>The dispatcher for what computes for long.</summary>
    public const string CodingDispatcher = "actor-http.coding-dispatcher";

    /// <summary>The mailbox of handlers that do not name one of their own.</summary>
    public const string HandlerMailbox = "actor-http.handler-mailbox";

    /// <summary>hocon/reference.conf, from the assembly.</summary>
    public static Config Reference { get; } = ConfigurationFactory.FromResource("ActorHttp.reference.conf", typeof(ActorHttpSettings).Assembly);

    /// <summary>Refuses keys that have no default, because a typo must not pass for a setting, and values that would break a dispatcher.</summary>
    /// <param name="config">The configuration of an actor system.</param>
    /// <param name="defaults">hocon/reference.conf, with the defaults of the handler packages that the server uses.</param>
    /// <exception cref="ConfigurationException">There is such a key or value; the message is one line that names the key.</exception>
    public static void Check(Config config, Config defaults)
    {
        Section.RefuseUnknown(config, defaults, "actor-http");
        var whole = config.WithFallback(defaults);
        foreach (var dispatcher in AkkaSection.Dispatchers(defaults, "actor-http"))
            AkkaSection.CheckDispatcher(new Section(whole, dispatcher));
    }

    /// <summary>Reads the settings out of an actor system's configuration. It passes over keys of others: <see cref="Check"/> refuses them.</summary>
    /// <exception cref="ConfigurationException">A value cannot be read, or makes no sense; the message is one line that names the key.</exception>
    public static ActorHttpSettings From(Config config)
    {
        var section = new Section(config.WithFallback(Reference), "actor-http");
        return new ActorHttpSettings(
            section.Name("host", "an address, a name or \"*\""),
            section.Hosts("hosts"),
            section.Int("port", 0, 65535),
            section.Text("directory"),
            section.Int("backlog", 1, int.MaxValue),
            new ReaderLimits(
                section.Size("limits.request-line-size", 16),
                section.Size("limits.field-section-size", 16),
                section.Int("limits.field-count", 1, 100_000),
                section.Size("limits.chunk-extension-size", 0),
                section.Size("limits.trailer-section-size", 2)),
            new LimitSettings(
                section.OptionalSize("limits.body-size"),
                section.Size("limits.discarded-body-size", 0),
                section.Int("limits.pipelining", 1, 1024),
                section.Int("limits.connections", 1, 10_000_000),
                section.Int("limits.refusals", 0, 10_000_000),
                section.Int("limits.handler-queue", 1, int.MaxValue),
                section.Time("limits.retry-after")),
            new TimeoutSettings(
                section.Time("timeouts.request-head"),
                section.Time("timeouts.request-body"),
                section.Time("timeouts.idle"),
                section.Time("timeouts.handler"),
                section.Time("timeouts.commit"),
                section.Time("timeouts.rate-grace"),
                section.Time("timeouts.linger"),
                section.Time("timeouts.linger-limit"),
                section.Time("timeouts.drain"),
                section.Time("timeouts.drain-grace")),
            new RateSettings(
                section.Int("rates.request-body", 1, int.MaxValue),
                section.Int("rates.response", 1, int.MaxValue)),
            new IoSettings(
                section.Size("io.frame-size", 1024, 1024 * 1024),
                section.Size("io.receive-window", 1024),
                section.Size("io.send-window", 1024),
                section.Size("io.unsent-window", 1024),
                section.Flag("io.takes-sockets"),
                section.Text("io.reactors") == "auto" ? ReactorPool.DefaultCount : section.Int("io.reactors", 0, 1024),
                section.OptionalTime("io.spin") ?? TimeSpan.Zero,
                section.Time("io.stall-threshold")),
            new MemorySettings(section.OptionalTime("memory.collect-after")),
            new CodingSettings(
                section.Codings("coding.order"),
                section.MediaTypes("coding.media-types"),
                section.Level("coding.level"),
                section.Size("coding.min-size", 0),
                section.Size("coding.whole-size", 0)),
            new SupervisionSettings(
                section.Int("supervision.connection-restarts", 0, 10_000),
                section.Time("supervision.within"),
                section.Time("supervision.first-pause"),
                section.Time("supervision.longest-pause", section.Time("supervision.first-pause"))),
            section.Flag("faults.enabled"));
    }
}

/// <summary>Limits that are not the reader's. Sizes in bytes; null is unlimited.</summary>
internal sealed record LimitSettings(
    long? BodySize, int DiscardedBodySize, int Pipelining, int Connections, int Refusals, int HandlerQueue, TimeSpan RetryAfter);

/// <summary>How long a connection waits for what.</summary>
internal sealed record TimeoutSettings(
    TimeSpan RequestHead,
    TimeSpan RequestBody,
    TimeSpan Idle,
    TimeSpan Handler,
    TimeSpan Commit,
    TimeSpan RateGrace,
    TimeSpan Linger,
    TimeSpan LingerLimit,
    TimeSpan Drain,
    TimeSpan DrainGrace);

/// <summary>Bytes a second that a client must at least manage.</summary>
internal sealed record RateSettings(int RequestBody, int Response);

/// <summary>Sizes in bytes between the socket and us, and how sockets are waited for.</summary>
internal sealed record IoSettings(
    int FrameSize, int ReceiveWindow, int SendWindow, int UnsentWindow, bool TakesSockets, int Reactors, TimeSpan Spin, TimeSpan StallThreshold);

/// <summary>When memory is given back; null is never.</summary>
internal sealed record MemorySettings(TimeSpan? CollectAfter);

/// <summary>How many restarts of a connection within which time, and how long to wait before a handler is created again.</summary>
internal sealed record SupervisionSettings(int ConnectionRestarts, TimeSpan Within, TimeSpan FirstPause, TimeSpan LongestPause)
{
    // Handlers that wait for the same database should not come back in the same instant.
    private const double Jitter = 0.2;

    /// <summary>How long to wait before an attempt: twice as long each time, up to the longest pause.</summary>
    /// <param name="attempt">The number of the attempt, counted from 1.</param>
    /// <param name="chance">From 0 to 1: how much of the jitter is added.</param>
    public TimeSpan Pause(int attempt, double chance)
    {
        // 2^30 times any pause is longer than the longest that can be set.
        var pause = FirstPause * Math.Pow(2, Math.Min(attempt - 1, 30)) * (1 + (Jitter * chance));
        return pause < LongestPause ? pause : LongestPause;
    }
}
