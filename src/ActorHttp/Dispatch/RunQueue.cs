using System.Collections.Concurrent;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A queue of ready actors that one thread runs. When an actor that runs here messages another, that actor joins the same queue:
/// no other thread is woken, and the message is still in this core's cache. docs/dispatcher.md has the reasons and the duties.
/// </summary>
/// <remarks>
/// The queue's own thread alone calls <see cref="RunReady"/> and <see cref="Run"/>. Any thread may call <see cref="Retire"/>, when
/// the queue's thread is held up. A retired queue accepts no work, and its work moves to the thread pool, so no actor waits for
/// a stalled one.
/// </remarks>
internal sealed class RunQueue
{
    [ThreadStatic]
    private static RunQueue? _ofThisThread;

    private readonly ConcurrentQueue<IRunnable> _ready = new();
    private ExecutionContext? _cleanContext;
    private IRunnable? _running;
    private long _step;
    private bool _isAsleep;
    private bool _isRetired;

    /// <summary>Whether the queue is retired.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>Whether an actor waits to run.</summary>
    public bool HasReady => !_ready.IsEmpty;

    /// <summary>Counts the beginnings and the ends of runs. It is odd while an actor runs.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>The actor that runs while <see cref="Step"/> is odd. For another thread it is only a hint.</summary>
    public IRunnable? Running => Volatile.Read(ref _running);

    /// <summary>Adds work to the queue of the calling thread. False when that thread has no queue, or a retired one.</summary>
    public static bool TryAddHere(IRunnable work) => _ofThisThread is { } here && here.TryAdd(work);

    /// <summary>
    /// Adds work from any thread. False when the queue is retired. A caller on another thread wakes the queue's thread when
    /// <see cref="TryClaimWake"/> says so.
    /// </summary>
    public bool TryAdd(IRunnable work)
    {
        if (IsRetired)
            return false;
        _ready.Enqueue(work);

        // A thread that retired the queue meanwhile may have emptied it before this work was in it. Enqueue is a full fence.
        if (IsRetired)
            MoveToThreadPool(_ready);
        return true;
    }

    /// <summary>Says that the queue's thread is about to sleep. False when it must not, because of ready work or because the queue is retired.</summary>
    public bool TryBeginSleep()
    {
        Interlocked.Exchange(ref _isAsleep, true);
        if (!HasReady && !IsRetired)
            return true;
        EndSleep();
        return false;
    }

    /// <summary>Says that the queue's thread sleeps no more.</summary>
    public void EndSleep() => Volatile.Write(ref _isAsleep, false);

    /// <summary>
    /// Whether the caller must wake the queue's thread for the work that the caller added. True for one caller only. The add
    /// and <see cref="TryBeginSleep"/> are full fences, so one of the two threads sees what the other did.
    /// </summary>
    public bool TryClaimWake() => Volatile.Read(ref _isAsleep) && Interlocked.Exchange(ref _isAsleep, false);

    /// <summary>Makes this the queue of the calling thread. Actors that the thread messages from now on join the queue.</summary>
    public void Attach()
    {
        _ofThisThread = this;
        _cleanContext = ExecutionContext.Capture();
    }

    /// <summary>Takes the calling thread's queue away until the next <see cref="Attach"/>. Actors that it messages meanwhile run elsewhere.</summary>
    public static void Detach() => _ofThisThread = null;

    /// <summary>Detaches the calling thread for good, and retires its queue.</summary>
    public void Close()
    {
        _ofThisThread = null;
        Retire();
    }

    /// <summary>
    /// Runs ready work, first come first served, but at most <paramref name="limit"/> runs, because the thread has other duties.
    /// True when more work is ready.
    /// </summary>
    public bool RunReady(int limit)
    {
        while (limit-- > 0 && !IsRetired && _ready.TryDequeue(out var next))
            Run(next);
        return HasReady;
    }

    /// <summary>Runs this work now, before the ready work.</summary>
    public void Run(IRunnable work)
    {
        Volatile.Write(ref _running, work);
        Volatile.Write(ref _step, Step + 1);
        work.Run();
        Volatile.Write(ref _step, Step + 1);

        // Resets the ExecutionContext, so that AsyncLocal values do not leak from one actor to the next.
        ExecutionContext.Restore(_cleanContext!);
    }

    /// <summary>Closes the queue for new work and moves its work to the thread pool. Any thread may call it, more than once.</summary>
    public void Retire()
    {
        Volatile.Write(ref _isRetired, true);
        Interlocked.MemoryBarrier();
        MoveToThreadPool(_ready);
    }

    /// <summary>Moves queued work to the thread pool. Used when the queue's thread may never return to it.</summary>
    public static void MoveToThreadPool(ConcurrentQueue<IRunnable> queue)
    {
        while (queue.TryDequeue(out var work))
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }
}
