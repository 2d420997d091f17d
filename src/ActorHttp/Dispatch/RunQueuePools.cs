using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// The pools that accept work from the executors of one actor system. Akka creates an executor from the name of its class,
/// without access to the reactors. So the executor finds the reactors through this extension. A server adds its pool when the
/// server starts, and removes the pool when the server ends.
/// </summary>
internal sealed class RunQueuePools : IExtension
{
    private readonly Lock _gate = new();
    private IRunQueuePool[] _pools = [];

    public static RunQueuePools Of(ActorSystem system) => system.WithExtension<RunQueuePools, Provider>();

    /// <summary>Adds a pool. If one actor system has several servers, work goes to the newest pool that can accept the work.</summary>
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

    /// <summary>Queues the work in the first pool that can accept the work. Returns false when no pool can accept the work.</summary>
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
