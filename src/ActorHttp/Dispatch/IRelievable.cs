namespace ActorHttp.Dispatch;

/// <summary>
/// A thread that runs actors from a queue. When the thread stalls, a <see cref="StallMonitor"/> moves the queued actors to
/// other threads.
/// </summary>
internal interface IRelievable
{
    /// <summary>The current queue of the thread.</summary>
    RunQueue RunQueue { get; }

    /// <summary>Retires the queue, so that other threads run the actors that wait in the queue.</summary>
    void Relieve();
}
