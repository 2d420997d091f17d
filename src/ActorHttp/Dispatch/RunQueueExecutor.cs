using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// The executor of <c>actor-http.dispatcher</c>. An actor runs on the thread that sent the message to the actor, if this thread
/// has a <see cref="RunQueue"/>. Otherwise the actor runs on a reactor's thread. The actor runs on the thread pool when no
/// reactor can accept the work.
/// </summary>
internal sealed class RunQueueExecutor(string id, RunQueuePools pools) : ExecutorService(id)
{
    public override void Execute(IRunnable run)
    {
        if (!RunQueue.TryAddHere(run) && !pools.TryRun(run))
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    // Does nothing, because the threads belong to the reactors.
    public override void Shutdown()
    {
    }
}
