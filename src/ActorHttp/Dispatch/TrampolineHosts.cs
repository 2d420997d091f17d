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
    private readonly Lock _gate = new();
    private ITrampolineHost[] _hosts = [];

    public static TrampolineHosts Of(ActorSystem system) => system.WithExtension<TrampolineHosts, Provider>();

    /// <summary>From now on they run what becomes ready elsewhere; with several servers in one system, those of the last that can.</summary>
    public void Add(ITrampolineHost host)
    {
        lock (_gate)
            Volatile.Write(ref _hosts, [host, .. Volatile.Read(ref _hosts)]);
    }

    public void Remove(ITrampolineHost host)
    {
        lock (_gate)
            Volatile.Write(ref _hosts, [.. Volatile.Read(ref _hosts).Where(other => other != host)]);
    }

    public bool TryRun(IRunnable next)
    {
        foreach (var host in Volatile.Read(ref _hosts))
        {
            if (host.TryRun(next))
                return true;
        }

        return false;
    }

    private sealed class Provider : ExtensionIdProvider<TrampolineHosts>
    {
        public override TrampolineHosts CreateExtension(ExtendedActorSystem system) => new();
    }
}
