using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// The pools that the executors of one actor system can give work to. Akka creates executors by name, so this extension is how
/// they find the reactors. Each server adds its pool when it starts, and removes it when it ends.
/// </summary>
internal sealed class RunQueuePools : IExtension
{
    private readonly Lock _gate = new();
    private IRunQueuePool[] _pools = [];

    public static RunQueuePools Of(ActorSystem system) => system.WithExtension<RunQueuePools, Provider>();

    /// <summary>Adds a pool. Of several servers in one system, the last one whose pool can take work gets it.</summary>
    public void Add(IRunQueuePool pool)
    {
        lock (_gate)
            Volatile.Write(ref _pools, [pool, .. Volatile.Read(ref _pools)]);
    }

    public void Remove(IRunQueuePool pool)
    {
        lock (_gate)
            Volatile.Write(ref _pools, [.. Volatile.Read(ref _pools).Where(other => other != pool)]);
    }

    /// <summary>Queues the work in the first pool that takes it. False when none does.</summary>
    public bool TryRun(IRunnable work)
    {
        foreach (var pool in Volatile.Read(ref _pools))
        {
            if (pool.TryRun(work))
                return true;
        }

        return false;
    }

    private sealed class Provider : ExtensionIdProvider<RunQueuePools>
    {
        public override RunQueuePools CreateExtension(ExtendedActorSystem system) => new();
    }
}
