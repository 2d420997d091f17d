using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Threads that run actors, for work that becomes ready on another thread.</summary>
internal interface ITrampolineHost
{
    /// <summary>Has one of the threads run it; false when there is none.</summary>
    bool TryRun(IRunnable next);
}

/// <summary>What an actor system's executor knows of those threads: they come with a server, and go with it.</summary>
internal sealed class TrampolineHosts : IExtension
{
    private ITrampolineHost? _current;

    public static TrampolineHosts Of(ActorSystem system) => system.WithExtension<TrampolineHosts, Provider>();

    /// <summary>From now on they run what becomes ready elsewhere; with several servers in one system, those of the last.</summary>
    public void Add(ITrampolineHost host) => Volatile.Write(ref _current, host);

    public void Remove(ITrampolineHost host) => Interlocked.CompareExchange(ref _current, null, host);

    public bool TryRun(IRunnable next) => Volatile.Read(ref _current) is { } host && host.TryRun(next);

    private sealed class Provider : ExtensionIdProvider<TrampolineHosts>
    {
        public override TrampolineHosts CreateExtension(ExtendedActorSystem system) => new();
    }
}
