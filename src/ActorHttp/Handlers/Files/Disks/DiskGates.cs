using ActorHttp.Messages;
using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Handlers.Files.Disks;

/// <summary>The gates of an actor system: all its file handlers share the threads, and so the gates.</summary>
internal sealed class DiskGates : IExtension
{
    private readonly TimeSpan _retryAfter;

    private DiskGates(ExtendedActorSystem system)
    {
        var settings = ActorHttpSettings.From(system.Settings.Config);
        _retryAfter = settings.Limits.RetryAfter;
        MostForOne = Math.Max(1, settings.Limits.HandlerQueue / 2);
        Reading = new DiskGate(ThreadsOf(system, ActorHttpSettings.ReadingDispatcher), settings.Limits.HandlerQueue);
        Writing = new DiskGate(ThreadsOf(system, ActorHttpSettings.WritingDispatcher), settings.Limits.HandlerQueue);
    }

    public DiskGate Reading { get; }

    public DiskGate Writing { get; }

    /// <summary>How many requests may wait for one place: half of all, so that a disk which hangs leaves room for the others.</summary>
    public int MostForOne { get; }

    public static DiskGates Of(ActorSystem system) => system.WithExtension<DiskGates, Provider>();

    public HttpResponse Refusal(Exchange exchange) =>
        HttpResponse.Unavailable(exchange, "Too many requests wait for the disk already.", _retryAfter);

    private static int ThreadsOf(ExtendedActorSystem system, string dispatcher) =>
        system.Settings.Config.GetString($"{dispatcher}.threads") == "auto"
            ? Environment.ProcessorCount
            : system.Settings.Config.GetInt($"{dispatcher}.threads");

    private sealed class Provider : ExtensionIdProvider<DiskGates>
    {
        public override DiskGates CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
