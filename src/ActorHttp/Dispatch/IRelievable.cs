namespace ActorHttp.Dispatch;

/// <summary>A thread that runs actors from a queue. A <see cref="StallMonitor"/> takes away the queue of a stalled thread.</summary>
internal interface IRelievable
{
    /// <summary>The current queue of the thread.</summary>
    RunQueue RunQueue { get; }

    /// <summary>Retires the queue, so that other threads run the actors that wait in it.</summary>
    void Relieve();
}
