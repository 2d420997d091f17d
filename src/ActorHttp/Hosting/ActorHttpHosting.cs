using ActorHttp.Connections;
using ActorHttp.Logging;
using ActorHttp.Server;
using ActorHttp.Settings;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;

namespace ActorHttp.Hosting;

/// <summary>The key under which the server's root actor is in the <see cref="ActorRegistry"/>.</summary>
public sealed class ActorHttpServer
{
    private ActorHttpServer()
    {
    }
}

/// <summary>The door for Akka.Hosting programs.</summary>
public static class ActorHttpHosting
{
    // Long enough for any machine to bind a socket; only a broken actor system needs more.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // From the order to reset the last connections to their end.
    private static readonly TimeSpan DrainMargin = TimeSpan.FromSeconds(1);

    // How long the loggers may take for a line that must not be lost. Less than the margin of the drain.
    private static readonly TimeSpan LogPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Adds an HTTP server to the actor system. It listens where the configuration section <c>actor-http</c> says
    /// (hocon/reference.conf has the defaults), before the host's start is over. If it cannot, the reason is logged in
    /// one line, and the actor system shuts down, the host with it. The reason of that shutdown is <see cref="CannotListen"/>, from which
    /// the host can choose its exit code.
    /// At shutdown open requests are finished first, within <c>actor-http.timeouts.drain</c>.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="configure">Says which actors answer which requests.</param>
    public static AkkaConfigurationBuilder WithActorHttp(this AkkaConfigurationBuilder builder, Action<ActorHttpBuilder> configure) =>
        builder.WithActorHttp(
            configure,
            static (system, outcome) =>
            {
                if (outcome is ServerFailed failed)
                    system.Log.Error("{0}", failed.Reason);
            },
            draining: null);

    // The console host says itself where it listens, or what went wrong: a log can end before its last line is out.
    internal static AkkaConfigurationBuilder WithActorHttp(
        this AkkaConfigurationBuilder builder,
        Action<ActorHttpBuilder> configure,
        Action<ActorSystem, object> started,
        Action<int, TimeSpan>? draining) =>
        builder
            .AddHocon(ActorHttpSettings.Reference, HoconAddMode.Append)
            .AddStartup(async (system, registry) =>
            {
                var outcome = await StartAsync(system, registry, configure, draining).ConfigureAwait(false);
                started(system, outcome);
                if (outcome is not ServerFailed failed)
                    return;
                await LogDelivery.WaitAsync(system, LogPatience).ConfigureAwait(false);

                // Not awaited: the host is still starting, and it is this that it would wait for.
                _ = CoordinatedShutdown.Get(system).Run(new CannotListen(failed.Reason));
            });

    private static async Task<object> StartAsync(
        ActorSystem system, IActorRegistry registry, Action<ActorHttpBuilder> configure, Action<int, TimeSpan>? draining)
    {
        ActorHttpSettings settings;
        ActorHttpBuilder http;
        try
        {
            settings = ActorHttpSettings.From(system.Settings.Config);
            http = new ActorHttpBuilder(system, settings);
            configure(http);
            ActorHttpSettings.Check(system.Settings.Config, http.Defaults);
            FindAll(system, http);
        }
        catch (Exception e) when (e is Akka.Configuration.ConfigurationException or ArgumentException)
        {
            return new ServerFailed(e.Message);
        }

        var server = system.ActorOf(ServerActor.Props(settings, http.Handlers, TimeProvider.System), "actor-http");
        registry.Register<ActorHttpServer>(server);
        DrainAtShutdown(system, server, settings.Timeouts.Drain, draining);
        return await server.Ask<object>(GetServerState.Instance, StartLimit).ConfigureAwait(false);
    }

    // Akka looks a dispatcher or a mailbox up when it creates an actor on it. One that it cannot have would then fail an actor
    // of ours again and again, instead of the start.
    private static void FindAll(ActorSystem system, ActorHttpBuilder http)
    {
        var props = http.Handlers.Select(handler => handler.Props).ToArray();
        foreach (var dispatcher in AkkaSection.Dispatchers(http.Defaults, "actor-http").Concat(props.Select(each => each.Dispatcher)).Where(IsNamed).Distinct())
            Find(dispatcher, () => system.Dispatchers.Lookup(dispatcher));
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

    /// <summary>How long the drain may take in a phase of this length: it ends a second before the phase, or in half of a short one.</summary>
    internal static TimeSpan DrainWithin(TimeSpan phase, TimeSpan wanted)
    {
        var most = phase > DrainMargin * 2 ? phase - DrainMargin : phase / 2;
        return wanted < most ? wanted : most;
    }

    private static void DrainAtShutdown(ActorSystem system, IActorRef server, TimeSpan limit, Action<int, TimeSpan>? draining)
    {
        var shutdown = CoordinatedShutdown.Get(system);

        // The phase would end without a word what the drain has not ended.
        var phase = shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        var wanted = limit;
        limit = DrainWithin(phase, wanted);
        if (limit < wanted)
        {
            system.Log.Warning(
                "actor-http.timeouts.drain is cut to {0}, because akka.coordinated-shutdown.phases.service-requests-done.timeout is {1}", limit, phase);
        }

        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "actor-http-drain", async () =>
        {
            var drained = await server.Ask<ServerDrained>(new DrainServer(limit, draining is null ? null : open => draining(open, limit)), Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            if (drained.Aborted == 0)
                return Done.Instance;
            system.Log.Warning("The drain is over after {0} s: {1} of the connections were still open and have been reset", limit.TotalSeconds, drained.Aborted);
            await LogDelivery.WaitAsync(system, LogPatience).ConfigureAwait(false);
            return Done.Instance;
        });
    }
}
