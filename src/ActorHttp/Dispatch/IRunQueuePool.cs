using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A group of threads with run queues, such as a server's reactors. The group accepts work from threads that have no run queue.
/// </summary>
internal interface IRunQueuePool
{
    /// <summary>Queues the work for one of the threads. Returns false when no thread of the group can accept work.</summary>
    bool TryRun(IRunnable work);
}
