using ActorHttp.Logging;
using ActorHttp.Server;
using ActorHttp.Settings;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;

namespace ActorHttp.Hosting;

/// <summary>The key of the root actor of the server without a name in the <see cref="ActorRegistry"/>.</summary>
public sealed class ActorHttpServer
{
    private ActorHttpServer()
    {
    }
}

/// <summary>Adds HTTP servers to Akka.Hosting programs.</summary>
public static class ActorHttpHosting
{
    // Long enough for any machine to bind its sockets. Only a broken actor system needs more.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // How long the loggers may take for a line that must not be lost. Less than the margin of the drain.
    private static readonly TimeSpan LogPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Adds an HTTP server to the actor system. It listens where the configuration section <c>actor-http</c> says
    /// (hocon/reference.conf has the defaults), before the host's start is over. If it cannot, the reason is logged in
    /// one line, and the actor system shuts down, and the host with it. The reason of that shutdown is <see cref="CannotListen"/>: the
    /// host can choose its exit code by it.
    /// At shutdown the server finishes open requests first, within <c>actor-http.timeouts.drain</c>. It raises the timeout of the shutdown
    /// phase <c>service-requests-done</c> for that, unless the program has set this timeout itself.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="configure">Adds the routes and their handlers.</param>
    public static AkkaConfigurationBuilder WithActorHttp(this AkkaConfigurationBuilder builder, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(new ServerIdentity("", typeof(ActorHttpServer)), configure, LogFailure, draining: null);

    /// <summary>
    /// Adds a further HTTP server with a name. Its settings are those of the section <c>actor-http.servers.NAME</c>; what this section does
    /// not set comes from <c>actor-http</c>, except for <c>host</c>, <c>port</c>, <c>endpoints</c> and <c>directory</c>. The section has to
    /// set <c>port</c> or <c>endpoints</c>. The server's actors are below <c>/user/actor-http-NAME</c>. All servers of an actor
    /// system drain at the same time. <see cref="ActorHttpServers"/> says where each of them listens.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="name">
    /// The name: letters, digits, <c>-</c> and <c>_</c>. A second server of the same name fails the host's start.
    /// </param>
    /// <param name="configure">Adds the routes and their handlers.</param>
    /// <exception cref="ArgumentException">The name has other characters, or none.</exception>
    public static AkkaConfigurationBuilder WithActorHttp(
        this AkkaConfigurationBuilder builder, string name, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(Named(name, key: null), configure, LogFailure, draining: null);

    /// <summary>The same, and registers the server's root actor in the <see cref="ActorRegistry"/>.</summary>
    /// <typeparam name="TKey">The key of the actor in the registry.</typeparam>
    /// <inheritdoc cref="WithActorHttp(AkkaConfigurationBuilder, string, Action{ActorHttpBuilder})"/>
    public static AkkaConfigurationBuilder WithActorHttp<TKey>(
        this AkkaConfigurationBuilder builder, string name, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(Named(name, typeof(TKey)), configure, LogFailure, draining: null);

    // The console host writes where it listens, or why it cannot, itself: a log can end before its last line is written.
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
                var outcome = await StartAsync(system, registry, server, configure, draining).ConfigureAwait(false);
                started(system, outcome);
                if (outcome is not ServerFailed failed)
                    return;
                await LogDelivery.WaitAsync(system, LogPatience).ConfigureAwait(false);

                // Not awaited: the shutdown waits for the host, and the host is still starting.
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

    // Akka looks up a dispatcher or a mailbox when it creates an actor on it. One that does not exist would fail an actor again and again,
    // instead of the start.
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

        // At the end of the phase Akka goes on without a log line, whatever the drain has left open.
        var phase = shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        var limit = ShutdownPhase.DrainWithin(phase, wanted);
        if (limit < wanted)
        {
            var key = server.DrainKey(system.Settings.Config);
            system.Log.Warning("{0} is cut to {1}, because {2} is {3}", key, limit, ShutdownPhase.TimeoutKey, phase);
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

    /// <summary>What tells a server from the others of its actor system.</summary>
    /// <param name="Name">The name; empty for the server without one.</param>
    /// <param name="Key">The key of its root actor in the registry; null when the actor is not registered.</param>
    private sealed record ServerIdentity(string Name, Type? Key)
    {
        public string ActorName => Name.Length == 0 ? "actor-http" : $"actor-http-{Name}";

        /// <summary>A line of the log, with the server's name before it.</summary>
        public string Says(string line) => Name.Length == 0 ? line : $"Server {Name}: {line}";

        /// <summary>The key that has set the drain of this server.</summary>
        public string DrainKey(Akka.Configuration.Config config)
        {
            var own = $"{ServerSection.Servers}.{Name}.timeouts.drain";
            return Name.Length > 0 && config.HasPath(own) ? own : "actor-http.timeouts.drain";
        }
    }
}
