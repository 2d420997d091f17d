using ActorHttp.Logging;
using ActorHttp.Server;
using ActorHttp.Settings;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;

namespace ActorHttp.Hosting;

/// <summary>The key in the <see cref="ActorRegistry"/> of the root actor of the server without a name.</summary>
public sealed class ActorHttpServer
{
    private ActorHttpServer()
    {
    }
}

/// <summary>Adds HTTP servers to Akka.Hosting programs.</summary>
public static class ActorHttpHosting
{
    // The time limit for the start of a server. Every machine can bind its sockets in this time, so only a broken actor system
    // needs longer.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // The time limit for the loggers to write a line that must not be lost. This time must be shorter than
    // ShutdownPhase.Margin.
    private static readonly TimeSpan LogPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Adds an HTTP server to the actor system. The section <c>actor-http</c> of the configuration sets the addresses
    /// (hocon/reference.conf contains the defaults). The server listens before the start of the host is complete. If the server
    /// cannot listen, it logs the reason in one line. Then the actor system and the host shut down. The reason of this shutdown
    /// is <see cref="CannotListen"/>, so the host can choose its exit code. At shutdown, the server first finishes the open
    /// requests, for at most <c>actor-http.timeouts.drain</c>. For this drain, the server raises the timeout of the shutdown
    /// phase <c>service-requests-done</c>, unless the program has set this timeout.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="configure">Adds the routes and their handlers.</param>
    public static AkkaConfigurationBuilder WithActorHttp(this AkkaConfigurationBuilder builder, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(new ServerIdentity("", typeof(ActorHttpServer)), configure, LogFailure, draining: null);

    /// <summary>
    /// Adds another HTTP server, with a name. The settings of this server are in the section <c>actor-http.servers.NAME</c>. If
    /// this section does not set a key, the server uses the value in <c>actor-http</c>. The keys <c>host</c>, <c>port</c>,
    /// <c>endpoints</c> and <c>directory</c> are exceptions. The section must set <c>port</c> or <c>endpoints</c>. The server's
    /// actors are below <c>/user/actor-http-NAME</c>. All servers of an actor system drain at the same time.
    /// <see cref="ActorHttpServers"/> returns the addresses of each server.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="name">
    /// The name: letters, digits, <c>-</c> and <c>_</c>. The start of the host fails if two servers have the same name.
    /// </param>
    /// <param name="configure">Adds the routes and their handlers.</param>
    /// <exception cref="ArgumentException">The name is empty, or contains other characters.</exception>
    public static AkkaConfigurationBuilder WithActorHttp(
        this AkkaConfigurationBuilder builder, string name, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(Named(name, key: null), configure, LogFailure, draining: null);

    /// <summary>
    /// Adds another HTTP server, with a name, and registers the server's root actor in the <see cref="ActorRegistry"/>.
    /// </summary>
    /// <typeparam name="TKey">The key of the actor in the registry.</typeparam>
    /// <inheritdoc cref="WithActorHttp(AkkaConfigurationBuilder, string, Action{ActorHttpBuilder})"/>
    public static AkkaConfigurationBuilder WithActorHttp<TKey>(
        this AkkaConfigurationBuilder builder, string name, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(Named(name, typeof(TKey)), configure, LogFailure, draining: null);

    // Used by the console host, which passes its own callback for the result of the start. The console host writes the
    // addresses, or the error, directly to the console. A log can end before its last line is written.
    internal static AkkaConfigurationBuilder WithActorHttp(
        this AkkaConfigurationBuilder builder,
        Action<ActorHttpBuilder> configure,
        Action<ActorSystem, object> started,
        Action<int, TimeSpan>? draining) =>
        builder.WithActorHttp(new ServerIdentity("", typeof(ActorHttpServer)), configure, started, draining);

    private static AkkaConfigurationBuilder WithActorHttp(
        this AkkaConfigurationBuilder builder,
        ServerIdentity server,
        Action<ActorHttpBuilder> configure,
        Action<ActorSystem, object> started,
        Action<int, TimeSpan>? draining) =>
        builder
            .WithExtensions(typeof(ActorHttpServers.Provider))
            .AddStartup(async (system, registry) =>
            {
                ActorHttpServers.Of(system).Add(server.Name);

                // Another server could not start, so the system is ending. An actor that is created now would never answer.
                if (CoordinatedShutdown.Get(system).ShutdownReason is not null)
                    return;
                var outcome = await StartAsync(system, registry, server, configure, draining).ConfigureAwait(false);
                started(system, outcome);
                if (outcome is not ServerFailed failed)
                    return;
                await LogDelivery.WaitAsync(system, LogPatience).ConfigureAwait(false);

                // Does not await the shutdown. The shutdown waits for the host, and the host is still starting, so an await
                // would be a deadlock.
                _ = CoordinatedShutdown.Get(system).Run(new CannotListen(failed.Reason));
            });

    private static async Task<object> StartAsync(
        ActorSystem system,
        IActorRegistry registry,
        ServerIdentity server,
        Action<ActorHttpBuilder> configure,
        Action<int, TimeSpan>? draining)
    {
        ActorHttpSettings settings;
        ActorHttpBuilder http;
        try
        {
            settings = ActorHttpSettings.From(system.Settings.Config, server.Name);
            http = new ActorHttpBuilder(system, settings, server.Name);
            configure(http);
            ActorHttpSettings.Check(system.Settings.Config, http.Defaults, server.Name);
            FindAll(system, http);
        }
        catch (Akka.Configuration.ConfigurationException e)
        {
            return new ServerFailed(server.Says(ServerSection.Explain(e, system.Settings.Config, server.Name).Message));
        }
        catch (ArgumentException e)
        {
            return new ServerFailed(server.Says(e.Message));
        }

        var root = system.ActorOf(ServerActor.Props(settings, http.Handlers, TimeProvider.System), server.ActorName);
        if (server.Key is { } key)
            registry.TryRegister(key, root);
        DrainAtShutdown(system, root, server, settings.Timeouts.Drain, draining);
        var outcome = await root.Ask<object>(GetServerState.Instance, StartLimit).ConfigureAwait(false);
        if (outcome is ServerBound bound)
        {
            var endpoints = bound.Endpoints.Select(endpoint => new ActorHttpEndpoint(endpoint.Settings.Name, endpoint.Addresses));
            ActorHttpServers.Of(system).Bound(server.Name, [.. endpoints]);
        }

        return outcome is ServerFailed failed ? new ServerFailed(server.Says(failed.Reason)) : outcome;
    }

    // Checks at the start that all dispatchers and mailboxes of the handlers exist. Akka looks up a dispatcher or a mailbox
    // only when it creates an actor. Without this check, the start would succeed, and an actor with a missing dispatcher or
    // mailbox would fail again and again.
    private static void FindAll(ActorSystem system, ActorHttpBuilder http)
    {
        var props = http.Handlers.Select(handler => handler.Props).ToArray();
        foreach (
            var dispatcher in AkkaSection.Dispatchers(http.Defaults, "actor-http").Concat(
                props.Select(each => each.Dispatcher)).Where(IsNamed).Distinct())
        {
            Find(dispatcher, () => system.Dispatchers.Lookup(dispatcher));
        }

        foreach (var mailbox in props.Select(each => each.Mailbox).Append(ActorHttpSettings.HandlerMailbox).Where(IsNamed).Distinct())
            Find(mailbox, () => ((ExtendedActorSystem)system).Mailboxes.Lookup(mailbox));

        static bool IsNamed(string? name) => !string.IsNullOrEmpty(name);
    }

    private static void Find(string path, Func<object> lookup)
    {
        try
        {
            lookup();
        }
        catch (Exception e)
        {
            var cause = e.GetBaseException().Message.ReplaceLineEndings(" ");
            throw new Akka.Configuration.ConfigurationException(
                cause.Contains(path, StringComparison.Ordinal) ? cause : $"{path} cannot be used: {cause}", e);
        }
    }

    private static void DrainAtShutdown(
        ActorSystem system, IActorRef root, ServerIdentity server, TimeSpan wanted, Action<int, TimeSpan>? draining)
    {
        var shutdown = CoordinatedShutdown.Get(system);

        // When the timeout of the phase has passed, Akka continues with the next phase without a log line, even if the drain
        // has not ended.
        var phase = shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        var limit = ShutdownPhase.DrainWithin(phase, wanted);
        if (limit < wanted)
        {
            var key = server.DrainKey(system.Settings.Config);
            system.Log.Warning("{0}", server.Says($"{key} is cut to {limit}, because {ShutdownPhase.TimeoutKey} is {phase}"));
        }

        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, $"{server.ActorName}-drain", async () =>
        {
            var order = new DrainServer(limit, draining is null ? null : open => draining(open, limit));
            var drained = await root.Ask<ServerDrained>(order, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            if (drained.Aborted == 0)
                return Done.Instance;
            var line = $"The drain is over after {limit.TotalSeconds} s: {drained.Aborted} of the connections were still open "
                + $"and have been reset";
            system.Log.Warning("{0}", server.Says(line));
            await LogDelivery.WaitAsync(system, LogPatience).ConfigureAwait(false);
            return Done.Instance;
        });
    }

    private static void LogFailure(ActorSystem system, object outcome)
    {
        if (outcome is ServerFailed failed)
            system.Log.Error("{0}", failed.Reason);
    }

    private static ServerIdentity Named(string name, Type? key) => ServerSection.IsName(name)
        ? new ServerIdentity(name, key)
        : throw new ArgumentException(
            $"'{name}' cannot be the name of a server: it has letters, digits, \"-\" and \"_\" only.", nameof(name));

    /// <summary>The identity of a server in its actor system.</summary>
    /// <param name="Name">The name of the server; empty for the server without a name.</param>
    /// <param name="Key">The key of the server's root actor in the registry; null when the actor is not registered.</param>
    private sealed record ServerIdentity(string Name, Type? Key)
    {
        public string ActorName => Name.Length == 0 ? "actor-http" : $"actor-http-{Name}";

        /// <summary>
        /// Returns a line for the log, with the server's name at the beginning. The server without a name adds nothing.
        /// </summary>
        public string Says(string line) => Name.Length == 0 ? line : $"Server {Name}: {line}";

        /// <summary>Returns the configuration key that has set the drain time of this server.</summary>
        public string DrainKey(Akka.Configuration.Config config)
        {
            var own = $"{ServerSection.Servers}.{Name}.timeouts.drain";
            return Name.Length > 0 && config.HasPath(own) ? own : "actor-http.timeouts.drain";
        }
    }
}
