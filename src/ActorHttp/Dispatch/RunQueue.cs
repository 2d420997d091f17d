using System.Collections.Concurrent;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// A queue of ready actors that one thread runs. When a running actor sends a message to another actor, the other actor joins
/// the same queue. So no other thread must be woken, and the message is still in the core's cache. docs/dispatcher.md explains
/// the reasons and the duties of the actors.
/// </summary>
/// <remarks>
/// Only the queue's own thread calls <see cref="RunReady"/> and <see cref="Run"/>. Any thread may call <see cref="Retire"/>
/// when an actor stalls the queue's thread. A retired queue accepts no work, and its queued work moves to the thread pool. So
/// no other actor waits for a stalled actor.
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

    /// <summary>The number of starts and ends of runs so far. This number is odd while an actor runs.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>
    /// The actor that runs while <see cref="Step"/> is odd. Another thread may see an old value, so the value is only a hint.
    /// </summary>
    public IRunnable? Running => Volatile.Read(ref _running);

    /// <summary>
    /// Adds work to the queue of the calling thread. Returns false when the thread has no queue, or when its queue is retired.
    /// </summary>
    public static bool TryAddHere(IRunnable work) => _ofThisThread is { } here && here.TryAdd(work);

    /// <summary>
    /// Adds work from any thread. Returns false when the queue is retired. After the add, a caller on another thread must call
    /// <see cref="TryClaimWake"/> to find out whether to wake the queue's thread.
    /// </summary>
    public bool TryAdd(IRunnable work)
    {
        if (IsRetired)
            return false;
        _ready.Enqueue(work);

        // Another thread may be retiring the queue at this moment. Enqueue is a full fence. So either this second check sees
        // the retirement, or the other thread sees the added work.
        if (IsRetired)
            MoveToThreadPool(_ready);
        return true;
    }

    /// <summary>
    /// Marks the queue's thread as asleep. The thread calls this method before it sleeps. Returns false when the thread must
    /// not sleep, because work is ready or the queue is retired.
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
    /// Returns whether the caller must wake the queue's thread for the added work. Only one caller gets true. The add and
    /// <see cref="TryBeginSleep"/> are full fences, so at least one of the two threads sees the change that the other thread
    /// has made.
    /// </summary>
    public bool TryClaimWake() => Volatile.Read(ref _isAsleep) && Interlocked.Exchange(ref _isAsleep, false);

    /// <summary>
    /// Makes this queue the queue of the calling thread. From now on, an actor that gets a message from this thread joins this
    /// queue.
    /// </summary>
    public void Attach()
    {
        _ofThisThread = this;
        _cleanContext = ExecutionContext.Capture();
    }

    /// <summary>
    /// Separates the calling thread from its queue until the next <see cref="Attach"/>. Until then, actors that get a message
    /// from this thread run on other threads.
    /// </summary>
    public static void Detach() => _ofThisThread = null;

    /// <summary>Separates the calling thread from its queue for ever, and retires the queue.</summary>
    public void Close()
    {
        _ofThisThread = null;
        Retire();
    }

    /// <summary>
    /// Runs ready work in the order of its arrival. Stops after <paramref name="limit"/> runs, so that the thread can do its
    /// other work. Returns true when more work is ready.
    /// </summary>
    public bool RunReady(int limit)
    {
        while (limit-- > 0 && !IsRetired && _ready.TryDequeue(out var next))
            Run(next);
        return HasReady;
    }

    /// <summary>Runs this work now, before the work in the queue.</summary>
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
    /// Closes the queue for new work, and moves its queued work to the thread pool. Any thread may call this method, and may
    /// call it more than once.
    /// </summary>
    public void Retire()
    {
        Volatile.Write(ref _isRetired, true);
        Interlocked.MemoryBarrier();
        MoveToThreadPool(_ready);
    }

    /// <summary>Moves the queued work to the thread pool. Used when the queue's thread may never run the queue again.</summary>
    public static void MoveToThreadPool(ConcurrentQueue<IRunnable> queue)
    {
        while (queue.TryDequeue(out var work))
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }
}
