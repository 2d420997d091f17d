using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A group of threads with run queues, such as a server's reactors. The group takes work from threads that have no run queue.
/// </summary>
internal interface IRunQueuePool
{
    /// <summary>Queues the work for one of the threads. Returns false when none of them can take work.</summary>
    bool TryRun(IRunnable work);
}
