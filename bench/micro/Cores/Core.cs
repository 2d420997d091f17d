using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Dispatch;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorHttp.Micro.Cores;

/// <summary>A reactor without sockets: a thread that feeds its connections and runs them from its run queue.</summary>
internal sealed class Core : IRunQueuePool, IDisposable
{
    private const int Connections = 64;

    // The same limit as that of a reactor between two looks at epoll.
    private const int MaxRuns = 1024;

    private readonly RunQueue _runQueue = new();
    private readonly MemoryTransport[] _transports = [.. Enumerable.Range(0, Connections).Select(_ => new MemoryTransport())];

    public long Answers => _transports.Sum(transport => transport.Answers);

    public long Foreign => _transports.Sum(transport => transport.Foreign);

    /// <summary>Creates the connections. Their requests go to the router of this context.</summary>
    public void Connect(ActorSystem system, ServerContext context)
    {
        foreach (var transport in _transports)
            system.ActorOf(new ConnectionProps(new ConnectionState(transport, context, state => new Http1Connection(state))));
    }

    public bool TryRun(IRunnable work) => _runQueue.TryAdd(work);

    /// <summary>Starts the thread. It ends when the token is cancelled.</summary>
    public Thread Start(CancellationToken end)
    {
        var thread = new Thread(() => Serve(end)) { IsBackground = true };
        foreach (var transport in _transports)
            transport.Home = thread;
        thread.Start();
        return thread;
    }

    /// <summary>Moves the ready actors to the thread pool.</summary>
    public void Dispose() => _runQueue.Retire();

    private void Serve(CancellationToken end)
    {
        _runQueue.Attach();
        while (!end.IsCancellationRequested)
        {
            var isIdle = true;
            foreach (var transport in _transports)
                isIdle &= !transport.TrySend();
            isIdle &= !_runQueue.HasReady;
            _runQueue.RunReady(MaxRuns);

            // Idle means that all connections wait for another core.
            if (isIdle)
                Thread.Yield();
        }

        RunQueue.Detach();
    }
}
