using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>Threads with run queues, such as a server's reactors. They take work from threads that have no run queue.</summary>
internal interface IRunQueuePool
{
    /// <summary>Queues the work for one of the threads. False when no thread can take it.</summary>
    bool TryRun(IRunnable work);
}
