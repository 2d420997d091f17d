using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>
/// The two gates of an actor system, for reading and for writing. All file servers of the system share the threads of the two
/// dispatchers, so they also share the gates.
/// </summary>
internal sealed class DiskGates : IExtension
{
    private readonly TimeSpan _retryAfter;

    private DiskGates(ExtendedActorSystem system)
    {
        var queue = system.Settings.Config.GetInt("actor-http.limits.handler-queue");
        _retryAfter = system.Settings.Config.GetTimeSpan("actor-http.limits.retry-after");
        MostForOne = Math.Max(1, queue / 2);
        Reading = new DiskGate(ThreadsOf(system, FileSettings.ReadingDispatcher), queue);
        Writing = new DiskGate(ThreadsOf(system, FileSettings.WritingDispatcher), queue);
    }

    public DiskGate Reading { get; }

    public DiskGate Writing { get; }

    /// <summary>
    /// The most requests that may wait for one place: half of the queue of a gate. The other half remains for other places when
    /// one disk hangs.
    /// </summary>
    public int MostForOne { get; }

    public static DiskGates Of(ActorSystem system) => system.WithExtension<DiskGates, Provider>();

    /// <summary>Returns the answer 503, for a request that finds the queue of its gate full.</summary>
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
