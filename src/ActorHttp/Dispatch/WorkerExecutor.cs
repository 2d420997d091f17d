using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>
/// Threads for actors that may block or compute for long. Such a thread also runs the connection that its actor messages, and
/// then the actor that this connection messages (<see cref="Worker"/>). So a body is read, coded or stored part by part, and no
/// part wakes a thread.
/// </summary>
internal sealed class WorkerExecutor : ExecutorService
{
    // About as long as it takes to wake a thread.
    private static readonly TimeSpan SearchTime = TimeSpan.FromMicroseconds(50);

    private readonly ConcurrentQueue<IRunnable> _ready = new();

    // The last worker that went to sleep is woken first, because its data may still be in its core's cache.
    private readonly Stack<Worker> _sleeping = new();
    private readonly ICancelable? _monitoring;
    private readonly Lock _gate = new();
    private int _sleepers;
    private int _searchers;
    private bool _isEnding;

    /// <summary>Starts the threads.</summary>
    /// <param name="id">The name of the executor. Each thread's name is this and a number.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="threshold">How long a connection waits for a blocking actor on its thread, before it moves to the thread pool.</param>
    /// <param name="scheduler">Runs the check for such connections.</param>
    public WorkerExecutor(string id, int threads, TimeSpan threshold, IScheduler scheduler)
        : base(id)
    {
        Threads = threads;
        var workers = new Worker[threads];
        for (var i = 0; i < threads; i++)
            workers[i] = new Worker(this);
        for (var i = 0; i < threads; i++)
            new Thread(workers[i].Work) { IsBackground = true, Name = $"{id} {i + 1}" }.UnsafeStart();

        // Without a log, because actors may block here.
        var monitor = new StallMonitor(workers, threshold, NoLogger.Instance, TimeProvider.System);
        _monitoring = scheduler.Advanced.ScheduleRepeatedlyCancelable(threshold, threshold, monitor.Check);
    }

    /// <summary>The number of threads.</summary>
    public int Threads { get; }

    /// <summary>Whether work waits for a thread.</summary>
    public bool HasWaiting => !_ready.IsEmpty;

    private bool IsEnding => Volatile.Read(ref _isEnding);

    private bool IsSearching => Volatile.Read(ref _searchers) != 0;

    public override void Execute(IRunnable run)
    {
        if (!Worker.TryRunNext(this, run))
            Enqueue(run);
    }

    public override void Shutdown()
    {
        _monitoring?.Cancel();
        Volatile.Write(ref _isEnding, true);
        while (WakeOne())
        {
        }
    }

    /// <summary>Queues work for the threads, first come first served.</summary>
    public void Enqueue(IRunnable run)
    {
        _ready.Enqueue(run);

        // A worker that goes to sleep, or stops its search, says so before its last look at the queue. After the end no worker
        // may be left to take the work.
        Interlocked.MemoryBarrier();
        if (IsEnding)
            RunQueue.MoveToThreadPool(_ready);
        else if (Volatile.Read(ref _sleepers) > 0 && !IsSearching)
            WakeOne();
    }

    /// <summary>The next work for this worker. Waits until there is some, and returns null at the end.</summary>
    public IRunnable? Take(Worker worker)
    {
        for (var wasWoken = false; ; wasWoken = true)
        {
            if (_ready.TryDequeue(out var run))
            {
                // A searcher wakes one worker, however much work came during the search. So each woken worker wakes the next.
                if (wasWoken && HasWaiting && !IsSearching)
                    WakeOne();
                return run;
            }

            if (Search(out run))
                return run;

            // Work that was added before the end may have come after that look, and no other worker may be left to take it.
            if (IsEnding)
                return _ready.TryDequeue(out run) ? run : null;
            lock (_gate)
            {
                _sleeping.Push(worker);
                Volatile.Write(ref _sleepers, _sleeping.Count);
            }

            Interlocked.MemoryBarrier();
            if (IsEnding || HasWaiting)
                WakeOne();
            worker.Sleep();
        }
    }

    // One worker at a time keeps looking for a moment before it sleeps. While it does, Enqueue wakes no worker.
    private bool Search([NotNullWhen(true)] out IRunnable? run)
    {
        run = null;
        if (IsEnding || Interlocked.Exchange(ref _searchers, 1) != 0)
            return false;
        var began = Stopwatch.GetTimestamp();
        do
        {
            // Yields instead of spinning: on a small machine the thread that makes work may need this core.
            Thread.Yield();
        }
        while (!_ready.TryDequeue(out run) && Stopwatch.GetElapsedTime(began) < SearchTime);
        Interlocked.Exchange(ref _searchers, 0);
        if (run is null && !_ready.TryDequeue(out run))
            return false;
        if (HasWaiting)
            WakeOne();
        return true;
    }

    private bool WakeOne()
    {
        Worker? worker;
        lock (_gate)
        {
            if (!_sleeping.TryPop(out worker))
                return false;
            Volatile.Write(ref _sleepers, _sleeping.Count);
        }

        worker.Wake();
        return true;
    }
}
