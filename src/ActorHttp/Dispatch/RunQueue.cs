using System.Collections.Concurrent;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A queue of ready actors that one thread runs. When a running actor messages another actor, the other actor joins the same
/// queue. So no other thread is woken, and the message is still in the core's cache. docs/dispatcher.md has the reasons, and the
/// duties of the actors.
/// </summary>
/// <remarks>
/// Only the queue's own thread calls <see cref="RunReady"/> and <see cref="Run"/>. Any thread may call <see cref="Retire"/> when
/// an actor stalls the queue's thread. A retired queue accepts no work, and its work moves to the thread pool. So no actor waits
/// for a stalled actor.
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

    /// <summary>Whether an actor is ready to run.</summary>
    public bool HasReady => !_ready.IsEmpty;

    /// <summary>The number of starts and ends of runs so far. The number is odd while an actor runs.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>The actor that runs while <see cref="Step"/> is odd. On another thread the value may be old, so it is a hint.</summary>
    public IRunnable? Running => Volatile.Read(ref _running);

    /// <summary>Adds work to the queue of the calling thread. Returns false when the thread has no queue, or a retired queue.</summary>
    public static bool TryAddHere(IRunnable work) => _ofThisThread is { } here && here.TryAdd(work);

    /// <summary>
    /// Adds work from any thread. Returns false when the queue is retired. After an add, a caller on another thread calls
    /// <see cref="TryClaimWake"/>, to learn whether the queue's thread must be woken.
    /// </summary>
    public bool TryAdd(IRunnable work)
    {
        if (IsRetired)
            return false;
        _ready.Enqueue(work);

        // Another thread may be retiring the queue now. Enqueue is a full fence, so either this second check sees the
        // retirement, or the other thread sees the work.
        if (IsRetired)
            MoveToThreadPool(_ready);
        return true;
    }

    /// <summary>
    /// Marks the queue's thread as asleep, before the thread sleeps. Returns false when the thread must not sleep, because work is
    /// ready or the queue is retired.
    /// </summary>
    public bool TryBeginSleep()
    {
        Interlocked.Exchange(ref _isAsleep, true);
        if (!HasReady && !IsRetired)
            return true;
        EndSleep();
        return false;
    }

    /// <summary>Marks the queue's thread as awake.</summary>
    public void EndSleep() => Volatile.Write(ref _isAsleep, false);

    /// <summary>
    /// Returns whether the caller must wake the queue's thread for the work that the caller added. Only one caller gets true. The
    /// add and <see cref="TryBeginSleep"/> are full fences, so at least one of the two threads sees the change of the other.
    /// </summary>
    public bool TryClaimWake() => Volatile.Read(ref _isAsleep) && Interlocked.Exchange(ref _isAsleep, false);

    /// <summary>Makes this queue the queue of the calling thread. Actors that the thread messages from then on join this queue.</summary>
    public void Attach()
    {
        _ofThisThread = this;
        _cleanContext = ExecutionContext.Capture();
    }

    /// <summary>
    /// Takes the calling thread's queue away until the next <see cref="Attach"/>. Actors that the thread messages meanwhile run on
    /// other threads.
    /// </summary>
    public static void Detach() => _ofThisThread = null;

    /// <summary>Detaches the calling thread for good, and retires its queue.</summary>
    public void Close()
    {
        _ofThisThread = null;
        Retire();
    }

    /// <summary>
    /// Runs ready work in the order of its arrival. Stops after <paramref name="limit"/> runs, because the thread has other duties.
    /// Returns true when more work is ready.
    /// </summary>
    public bool RunReady(int limit)
    {
        while (limit-- > 0 && !IsRetired && _ready.TryDequeue(out var next))
            Run(next);
        return HasReady;
    }

    /// <summary>Runs the work now, before the work that is ready.</summary>
    public void Run(IRunnable work)
    {
        Volatile.Write(ref _running, work);
        Volatile.Write(ref _step, Step + 1);
        work.Run();
        Volatile.Write(ref _step, Step + 1);

        // Resets the ExecutionContext, so that AsyncLocal values do not leak from one actor to the next.
        ExecutionContext.Restore(_cleanContext!);
    }

    /// <summary>
    /// Closes the queue for new work, and moves its work to the thread pool. Any thread may call this method, also more than
    /// once.
    /// </summary>
    public void Retire()
    {
        Volatile.Write(ref _isRetired, true);
        Interlocked.MemoryBarrier();
        MoveToThreadPool(_ready);
    }

    /// <summary>Moves the queued work to the thread pool. Used when the queue's thread may never return to the queue.</summary>
    public static void MoveToThreadPool(ConcurrentQueue<IRunnable> queue)
    {
        while (queue.TryDequeue(out var work))
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }
}
