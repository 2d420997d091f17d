namespace ActorHttp.Dispatch;

/// <summary>A thread that runs actors from a queue, and that a <see cref="StallMonitor"/> can relieve of that queue.</summary>
internal interface IRelievable
{
    /// <summary>The queue that the thread runs now.</summary>
    RunQueue RunQueue { get; }

    /// <summary>Retires the queue, so that other threads run the actors that wait in it.</summary>
    void Relieve();
}
