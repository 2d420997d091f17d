using System.Collections.Concurrent;
using Akka.Dispatch;

namespace ActorHttp.Dispatch;

/// <summary>
/// One thread that runs actors, and what is ready to run on it. An actor that is sent a message by one that runs here is run
/// here next, in the order of the sending: no other thread is woken, and what the message carries is still in this core's
/// cache. docs/dispatcher.md says why, and what it asks of those actors.
/// </summary>
/// <remarks>
/// <see cref="Run(int)"/> is its thread's alone. <see cref="Retire"/> is for whoever sees that the thread is held up: from then on
/// nothing joins, and what had joined goes to the thread pool, so that nothing waits for an actor that does not return.
/// </remarks>
internal sealed class Trampoline
{
    [ThreadStatic]
    private static Trampoline? _ofThisThread;

    private readonly ConcurrentQueue<IRunnable> _ready = new();
    private ExecutionContext? _unmarked;
    private IRunnable? _running;
    private long _step;
    private bool _isAsleep;
    private bool _isRetired;

    /// <summary>Whether it has been given up.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>Whether there is something to run.</summary>
    public bool IsReady => !_ready.IsEmpty;

    /// <summary>Odd while something runs; it changes with each beginning and each end.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>What runs, when <see cref="Step"/> is odd; a hint, for who looks from another thread.</summary>
    public IRunnable? Running => Volatile.Read(ref _running);

    /// <summary>Has it run behind all that is ready on this thread; false when this thread runs no actors, or none any more.</summary>
    public static bool TryJoin(IRunnable next) => _ofThisThread is { } here && here.TryAdd(next);

    /// <summary>The same from another thread, which may have to wake this one; false when it has been given up.</summary>
    public bool TryAdd(IRunnable next)
    {
        if (IsRetired)
            return false;
        _ready.Enqueue(next);

        // Whoever retired us meanwhile may have looked before this was there. To enqueue is a full fence.
        if (IsRetired)
            HandOver(_ready);
        return true;
    }

    /// <summary>Its thread wants to sleep. False when it must not, because something is ready, or it has been given up.</summary>
    public bool FallAsleep()
    {
        Interlocked.Exchange(ref _isAsleep, true);
        if (!IsReady && !IsRetired)
            return true;
        WakeUp();
        return false;
    }

    /// <summary>Its thread sleeps no more.</summary>
    public void WakeUp() => Volatile.Write(ref _isAsleep, false);

    /// <summary>
    /// Whether its thread has to be woken for what was added; true for one of those who ask. To add was a full fence, and so
    /// is to fall asleep: one of the two sees the other.
    /// </summary>
    public bool MustBeWoken() => Volatile.Read(ref _isAsleep) && Interlocked.Exchange(ref _isAsleep, false);

    /// <summary>From now on actors that are sent something by this thread are run by it.</summary>
    public void Enter()
    {
        _ofThisThread = this;
        _unmarked = ExecutionContext.Capture();
    }

    /// <summary>Until it enters again, those whom this thread sends something are run elsewhere.</summary>
    public static void StepOut() => _ofThisThread = null;

    /// <summary>The opposite; what is ready goes to the thread pool.</summary>
    public void Leave()
    {
        _ofThisThread = null;
        Retire();
    }

    /// <summary>
    /// Runs what is ready, the first come first, but at most so many: its thread has other things to look after.
    /// True when more is ready.
    /// </summary>
    public bool Run(int most)
    {
        while (most-- > 0 && !IsRetired && _ready.TryDequeue(out var next))
            Run(next);
        return IsReady;
    }

    /// <summary>Runs this now, before all that is ready.</summary>
    public void Run(IRunnable next)
    {
        Volatile.Write(ref _running, next);
        Volatile.Write(ref _step, Step + 1);
        next.Run();
        Volatile.Write(ref _step, Step + 1);

        // What one actor marks its thread with (AsyncLocal) is not the next one's.
        ExecutionContext.Restore(_unmarked!);
    }

    /// <summary>Gives it up. On any thread, and as often as one likes.</summary>
    public void Retire()
    {
        Volatile.Write(ref _isRetired, true);
        Interlocked.MemoryBarrier();
        HandOver(_ready);
    }

    /// <summary>Has the thread pool run what waits for a thread that may come no more.</summary>
    public static void HandOver(ConcurrentQueue<IRunnable> ready)
    {
        while (ready.TryDequeue(out var waiting))
            ThreadPool.UnsafeQueueUserWorkItem(waiting, preferLocal: false);
    }
}
