using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>
/// An executor with its own threads, for actors that may block or compute for long. Such a thread also runs the connection that
/// its actor messages, and then the actor that this connection messages (<see cref="Worker"/>). So a body is read, coded or stored
/// part by part without waking a thread for each part.
/// </summary>
internal sealed class WorkerExecutor : ExecutorService
{
    // How long a worker looks for work before it sleeps: about as long as it takes to wake a thread.
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
    /// <param name="id">The name of the executor. The name of a thread is this name and a number.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="threshold">
    /// How long a connection may wait for a blocking actor on its thread, before it moves to the thread pool.
    /// </param>
    /// <param name="scheduler">The scheduler that runs the check for such connections.</param>
    public WorkerExecutor(string id, int threads, TimeSpan threshold, IScheduler scheduler)
        : base(id)
    {
        Threads = threads;
        var workers = new Worker[threads];
        for (var i = 0; i < threads; i++)
            workers[i] = new Worker(this);
        for (var i = 0; i < threads; i++)
            new Thread(workers[i].Work) { IsBackground = true, Name = $"{id} {i + 1}" }.UnsafeStart();

        // The monitor gets no log, because actors may block on these threads.
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

        // This full fence makes the queued work visible before the next reads. A worker registers as asleep, or ends its
        // search, before its last look at the queue. After the end there may be no worker left to take the work.
        Interlocked.MemoryBarrier();
        if (IsEnding)
            RunQueue.MoveToThreadPool(_ready);
        else if (Volatile.Read(ref _sleepers) > 0 && !IsSearching)
            WakeOne();
    }

    /// <summary>Returns the next work for this worker. Waits until there is work, and returns null when the executor has ended.</summary>
    public IRunnable? Take(Worker worker)
    {
        for (var wasWoken = false; ; wasWoken = true)
        {
            if (_ready.TryDequeue(out var run))
            {
                // A worker that searched wakes one other worker, even if much work came during the search. So each woken worker wakes the
                // next one while work waits.
                if (wasWoken && HasWaiting && !IsSearching)
                    WakeOne();
                return run;
            }

            if (Search(out run))
                return run;

            // Work may have been added after the last look and before the end, and there may be no other worker left to take it.
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

    // Looks for work for a moment before the worker sleeps. Only one worker at a time searches, and Enqueue wakes no worker
    // meanwhile.
    private bool Search([NotNullWhen(true)] out IRunnable? run)
    {
        run = null;
        if (IsEnding || Interlocked.Exchange(ref _searchers, 1) != 0)
            return false;
        var began = Stopwatch.GetTimestamp();
        do
        {
            // Yields instead of spinning: on a machine with few cores, the thread that adds work may need this core.
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
