using ActorHttp.Protocol.Http1;
using ActorHttp.Semantics;
using ActorHttp.Sockets;
using Akka.Configuration;

namespace ActorHttp.Settings;

/// <summary>
/// The settings of one server. The server reads its settings only once, at its start. hocon/reference.conf explains each key.
/// </summary>
internal sealed record ActorHttpSettings(
    string Host,
    string[] Hosts,
    int Port,
    EndpointSettings[] Endpoints,
    EndpointDefaults EndpointDefaults,
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
    /// <summary>The dispatcher of the actors that serve the sockets. An actor on this dispatcher must not block.</summary>
    public const string Dispatcher = "actor-http.dispatcher";

    /// <summary>The dispatcher of the actors that compute for a long time.</summary>
    public const string CodingDispatcher = "actor-http.coding-dispatcher";

    /// <summary>The mailbox of handlers whose Props set no mailbox.</summary>
    public const string HandlerMailbox = "actor-http.handler-mailbox";

    /// <summary>The content of hocon/reference.conf, which is embedded in the assembly.</summary>
    public static Config Reference { get; } = ConfigurationFactory.FromResource(
        "ActorHttp.reference.conf", typeof(ActorHttpSettings).Assembly);

    /// <summary>
    /// Throws when the configuration has a key without a default, so that the server does not ignore a typing error. Also
    /// throws when a value would break a dispatcher.
    /// </summary>
    /// <param name="config">The configuration of an actor system.</param>
    /// <param name="defaults">hocon/reference.conf, together with the defaults of the handler packages that the server uses.</param>
    /// <param name="server">The name of the server whose section is checked; empty for the section <c>actor-http</c> itself.</param>
    /// <exception cref="ConfigurationException">
    /// The configuration has such a key or value. The message is one line with the key.
    /// </exception>
    public static void Check(Config config, Config defaults, string server = "")
    {
        if (server.Length == 0)
            Section.RefuseUnknown(config, defaults, "actor-http");
        else
            Section.RefuseUnknown(config, defaults, $"{ServerSection.Servers}.{server}", "actor-http");
        var whole = config.WithFallback(defaults);
        foreach (var dispatcher in AkkaSection.Dispatchers(defaults, "actor-http"))
            AkkaSection.CheckDispatcher(new Section(whole, dispatcher));
    }

    /// <summary>
    /// Reads the settings of one server from the configuration of an actor system. Ignores unknown keys, because
    /// <see cref="Check"/> throws an exception for an unknown key.
    /// </summary>
    /// <param name="config">The configuration, with or without the defaults.</param>
    /// <param name="server">The server's name; empty for the server whose settings are in <c>actor-http</c> itself.</param>
    /// <exception cref="ConfigurationException">
    /// A value cannot be read, or is not a possible value of its key. The message is one line with the key.
    /// </exception>
    public static ActorHttpSettings From(Config config, string server = "")
    {
        try
        {
            return Read(ServerSection.Of(config, server).WithFallback(Reference));
        }
        catch (ConfigurationException e)
        {
            throw ServerSection.Explain(e, config, server);
        }
    }

    /// <summary>Returns the names of the servers in <c>actor-http.servers</c>.</summary>
    public static IEnumerable<string> ServersIn(Config config)
    {
        var servers = config.HasPath(ServerSection.Servers) ? config.GetValue(ServerSection.Servers) : null;
        return servers is not null && servers.IsObject() ? servers.GetObject().Items.Keys : [];
    }

    /// <summary>Returns the <c>timeouts.drain</c> of one server, without reading its other settings.</summary>
    /// <exception cref="ConfigurationException">The value of this key cannot be read.</exception>
    public static TimeSpan DrainIn(Config config, string server) =>
        new Section(ServerSection.Of(config, server).WithFallback(Reference), "actor-http").Time("timeouts.drain");

    /// <summary>
    /// Returns the endpoints of the server: the setting <c>endpoints</c>, or one endpoint from <c>host</c> and <c>port</c>.
    /// </summary>
    public IReadOnlyList<EndpointSettings> ListenOn() => Endpoints.Length > 0 ? Endpoints : [new TcpEndpointSettings("", Host, Port)];

    private static ActorHttpSettings Read(Config whole)
    {
        var section = new Section(whole, "actor-http");
        var defaults = EndpointSection.Defaults(section);
        return new ActorHttpSettings(
            Host: section.Name("host", "an address, a name or \"*\""),
            Hosts: section.Hosts("hosts"),
            Port: section.Int("port", 0, 65535),
            Endpoints: EndpointSection.Read(whole, defaults),
            EndpointDefaults: defaults,
            Directory: section.Text("directory"),
            Backlog: section.Int("backlog", 1, int.MaxValue),
            Reader: new ReaderLimits(
                RequestLineSize: section.Size("limits.request-line-size", 16),
                FieldSectionSize: section.Size("limits.field-section-size", 16),
                FieldCount: section.Int("limits.field-count", 1, 100_000),
                ChunkExtensionSize: section.Size("limits.chunk-extension-size", 0),
                TrailerSectionSize: section.Size("limits.trailer-section-size", 2)),
            Limits: new LimitSettings(
                BodySize: section.OptionalSize("limits.body-size"),
                DiscardedBodySize: section.Size("limits.discarded-body-size", 0),
                Pipelining: section.Int("limits.pipelining", 1, 1024),
                Connections: section.Int("limits.connections", 1, 10_000_000),
                Refusals: section.Int("limits.refusals", 0, 10_000_000),
                HandlerQueue: section.Int("limits.handler-queue", 1, int.MaxValue),
                RetryAfter: section.Time("limits.retry-after")),
            Timeouts: new TimeoutSettings(
                RequestHead: section.Time("timeouts.request-head"),
                RequestBody: section.Time("timeouts.request-body"),
                Idle: section.Time("timeouts.idle"),
                Handler: section.Time("timeouts.handler"),
                Commit: section.Time("timeouts.commit"),
                RateGrace: section.Time("timeouts.rate-grace"),
                Linger: section.Time("timeouts.linger"),
                LingerLimit: section.Time("timeouts.linger-limit"),
                Drain: section.Time("timeouts.drain"),
                DrainGrace: section.Time("timeouts.drain-grace")),
            Rates: new RateSettings(
                RequestBody: section.Int("rates.request-body", 1, int.MaxValue),
                Response: section.Int("rates.response", 1, int.MaxValue)),
            Io: new IoSettings(
                FrameSize: section.Size("io.frame-size", 1024, 1024 * 1024),
                ReceiveWindow: section.Size("io.receive-window", 1024),
                SendWindow: section.Size("io.send-window", 1024),
                UnsentWindow: section.Size("io.unsent-window", 1024),
                TakesSockets: section.Flag("io.takes-sockets"),
                Reactors: section.Text("io.reactors") == "auto" ? ReactorPool.DefaultCount : section.Int("io.reactors", 0, 1024),
                Spin: section.OptionalTime("io.spin") ?? TimeSpan.Zero,
                StallThreshold: section.Time("io.stall-threshold")),
            Memory: new MemorySettings(CollectAfter: section.OptionalTime("memory.collect-after")),
            Coding: new CodingSettings(
                Order: section.Codings("coding.order"),
                MediaTypes: section.MediaTypes("coding.media-types"),
                Level: section.Level("coding.level"),
                MinSize: section.Size("coding.min-size", 0),
                WholeSize: section.Size("coding.whole-size", 0)),
            Supervision: new SupervisionSettings(
                ConnectionRestarts: section.Int("supervision.connection-restarts", 0, 10_000),
                Within: section.Time("supervision.within"),
                FirstPause: section.Time("supervision.first-pause"),
                LongestPause: section.Time("supervision.longest-pause", section.Time("supervision.first-pause"))),
            HasFaults: section.Flag("faults.enabled"));
    }
}

/// <summary>The limits that do not belong to the request reader. Sizes are in bytes. A null means no limit.</summary>
internal sealed record LimitSettings(
    long? BodySize, int DiscardedBodySize, int Pipelining, int Connections, int Refusals, int HandlerQueue, TimeSpan RetryAfter);

/// <summary>The time limits of a connection's waits: for a request, for a handler, and for the client.</summary>
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

/// <summary>The lowest rates that a client must keep, in bytes per second.</summary>
internal sealed record RateSettings(int RequestBody, int Response);

/// <summary>The sizes of the buffers between the sockets and the server, in bytes, and the settings for waiting for sockets.</summary>
internal sealed record IoSettings(
    int FrameSize, int ReceiveWindow, int SendWindow, int UnsentWindow, bool TakesSockets, int Reactors, TimeSpan Spin,
    TimeSpan StallThreshold);

/// <summary>
/// The time between the end of a wave of connections and the garbage collection that returns memory to the system. With null,
/// the server starts no collection.
/// </summary>
internal sealed record MemorySettings(TimeSpan? CollectAfter);

/// <summary>
/// The largest number of restarts of a connection within a time, and the pauses before a failed handler is created again.
/// </summary>
internal sealed record SupervisionSettings(int ConnectionRestarts, TimeSpan Within, TimeSpan FirstPause, TimeSpan LongestPause)
{
    // The largest random part of a pause, relative to the pause. Without a random part, all handlers that wait for the same
    // database would try again at the same moment.
    private const double Jitter = 0.2;

    /// <summary>
    /// Returns the pause before an attempt to create a handler. The pause doubles with each attempt, up to the longest pause.
    /// </summary>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="chance">The share of the jitter that is added, from 0 to 1.</param>
    public TimeSpan Pause(int attempt, double chance)
    {
        // The exponent is limited to 30 against an overflow. 2^30 times the shortest pause that the settings allow is longer
        // than the longest pause that the settings allow.
        var pause = FirstPause * Math.Pow(2, Math.Min(attempt - 1, 30)) * (1 + (Jitter * chance));
        return pause < LongestPause ? pause : LongestPause;
    }
}
