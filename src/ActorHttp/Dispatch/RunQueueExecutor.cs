using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// The executor of <c>actor-http.dispatcher</c>. It runs an actor on the thread that messaged it, when that thread has a
/// <see cref="RunQueue"/>. Otherwise a reactor's thread runs the actor, and without reactors the thread pool.
/// </summary>
internal sealed class RunQueueExecutor(string id, RunQueuePools pools) : ExecutorService(id)
{
    public override void Execute(IRunnable run)
    {
        if (!RunQueue.TryAddHere(run) && !pools.TryRun(run))
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    // The threads belong to the reactors.
    public override void Shutdown()
    {
    }
}
