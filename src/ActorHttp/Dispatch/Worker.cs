using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A thread of a <see cref="WorkerExecutor"/>. Whoever runs here may block. Actors of the sockets' dispatcher that it tells
/// something run here next, on this thread's trampoline; and the first one of our own that these tell something runs here
/// behind them, because what they were told came from here.
/// </summary>
internal sealed class Worker(WorkerExecutor executor) : IRelievable
{
    // How often it goes back and forth before it looks who else is waiting.
    private const int MostTurns = 32;

    [ThreadStatic]
    private static Worker? _ofThisThread;

    private readonly ManualResetEventSlim _isWoken = new(false, spinCount: 0);
    private Trampoline _trampoline = new();
    private bool _mayBlock = true;
    private IRunnable? _next;

    public Trampoline Trampoline => Volatile.Read(ref _trampoline);

    /// <summary>
    /// Has it run next on this thread, when it is one of these and runs actors of the sockets' dispatcher. One who is told
    /// something by another that may block is not made to wait for that one.
    /// </summary>
    public static bool TryGoOn(WorkerExecutor executor, IRunnable next) =>
        _ofThisThread is { _mayBlock: false } here
        && ReferenceEquals(here.Executor, executor)
        && Interlocked.CompareExchange(ref here._next, next, null) is null;

    private WorkerExecutor Executor => executor;

    public void Wake() => _isWoken.Set();

    public void Sleep()
    {
        _isWoken.Wait();
        _isWoken.Reset();
    }

    /// <summary>Runs what there is, until the executor ends.</summary>
    public void Work()
    {
        _ofThisThread = this;
        Trampoline.Enter();
        while (executor.Take(this) is { } run)
            GoOnWith(run);
        Trampoline.Leave();
    }

    // What waits here for one that blocks: a slow disk holds up no socket.
    public void Relieve()
    {
        Trampoline.Retire();
        if (Interlocked.Exchange(ref _next, null) is { } next)
            executor.Enqueue(next);
    }

    private void GoOnWith(IRunnable? run)
    {
        for (var turn = 0; run is not null; turn++)
        {
            if (turn >= MostTurns && executor.HasWaiting)
            {
                executor.Enqueue(run);
                return;
            }

            Trampoline.Run(run);
            RunForSockets();
            run = Interlocked.Exchange(ref _next, null);
        }
    }

    // Only whom ours have told something. What those set going, such as a file that is sent from memory, is the sockets' own.
    private void RunForSockets()
    {
        Trampoline.StepOut();
        _mayBlock = false;
        Trampoline.Run(int.MaxValue);
        _mayBlock = true;
        if (Trampoline.IsRetired)
            Volatile.Write(ref _trampoline, new Trampoline());
        Trampoline.Enter();
    }
}
