using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A thread of a <see cref="WorkerExecutor"/>. A worker runs a blocking actor. Then the worker runs, from its own run queue,
/// the connections to which the blocking actor has sent messages (more exactly, the actors of <c>actor-http.dispatcher</c>).
/// The worker also runs the first blocking actor to which these connections send a message, so a body stays on one thread.
/// </summary>
internal sealed class Worker(WorkerExecutor executor) : IRelievable
{
    // The number of consecutive runs of blocking actors before the worker checks whether other work waits.
    private const int MaxTurns = 32;

    [ThreadStatic]
    private static Worker? _ofThisThread;

    private readonly ManualResetEventSlim _isWoken = new(false, spinCount: 0);
    private RunQueue _runQueue = new();
    private bool _mayBlock = true;
    private IRunnable? _next;

    public RunQueue RunQueue => Volatile.Read(ref _runQueue);

    private WorkerExecutor Executor => executor;

    /// <summary>
    /// Reserves the calling thread's next turn for this work. Returns false when the turn is already reserved, or when the
    /// thread is not a worker of this executor. Also returns false while the thread runs a blocking actor, because the work
    /// must not wait for this actor.
    /// </summary>
    public static bool TryRunNext(WorkerExecutor executor, IRunnable work) =>
        _ofThisThread is { _mayBlock: false } here
        && ReferenceEquals(here.Executor, executor)
        && Interlocked.CompareExchange(ref here._next, work, null) is null;

    public void Wake() => _isWoken.Set();

    public void Sleep()
    {
        _isWoken.Wait();
        _isWoken.Reset();
    }

    /// <summary>Runs the main loop of the thread. Returns when the executor has ended.</summary>
    public void Work()
    {
        _ofThisThread = this;
        RunQueue.Attach();
        while (executor.Take(this) is { } run)
            RunInTurns(run);
        RunQueue.Close();
    }

    // Moves all work that waits for this thread to other threads, so that an actor that waits for a slow disk delays no socket.
    public void Relieve()
    {
        RunQueue.Retire();
        if (Interlocked.Exchange(ref _next, null) is { } next)
            executor.Enqueue(next);
    }

    // Runs blocking work, and then the connections to which this work has sent messages. Then runs the blocking work to which
    // the connections have sent messages, and so on.
    private void RunInTurns(IRunnable? run)
    {
        for (var turn = 0; run is not null; turn++)
        {
            if (turn >= MaxTurns && executor.HasWaiting)
            {
                executor.Enqueue(run);
                return;
            }

            RunQueue.Run(run);
            RunConnections();
            run = Interlocked.Exchange(ref _next, null);
        }
    }

    // Runs the connections to which the blocking actor has sent messages. During these runs, the run queue is detached. So
    // other actors to which the connections send messages run on the reactors. Examples are a router, and an actor that sends a
    // file from memory.
    private void RunConnections()
    {
        RunQueue.Detach();
        _mayBlock = false;
        RunQueue.RunReady(int.MaxValue);
        _mayBlock = true;
        if (RunQueue.IsRetired)
            Volatile.Write(ref _runQueue, new RunQueue());
        RunQueue.Attach();
    }
}
