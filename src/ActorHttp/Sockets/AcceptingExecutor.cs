using System.Collections.Concurrent;
using ActorHttp.Dispatch;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// An executor for Akka's default dispatcher. The actors of Akka.IO, which accept the connections, run on the reactors. So a
/// new connection reaches its reactor without a change of threads. All other actors run on the thread pool, as with Akka's own
/// executor.
/// </summary>
internal sealed class AcceptingExecutor(string id, RunQueuePools pools) : ExecutorService(id)
{
    // Whether actors of a type belong to Akka.IO, by type.
    private readonly ConcurrentDictionary<Type, bool> _types = new();

    public override void Execute(IRunnable run)
    {
        if (!IsOfAkkaIO(run) || (!RunQueue.TryAddHere(run) && !pools.TryRun(run)))
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: true);
    }

    // Does nothing, because the threads belong to the reactors and to the thread pool.
    public override void Shutdown()
    {
    }

    private bool IsOfAkkaIO(IRunnable run) =>
        MailboxOwner.Of(run) is { } owner && _types.GetOrAdd(owner.Props.Type, static type => type.Namespace == "Akka.IO");
}
