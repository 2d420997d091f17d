using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>
/// An executor with its own threads, for actors that may block or may compute for a long time. A thread of this executor also
/// runs the connection to which its actor sends a message. Then the thread runs the next blocking actor to which this
/// connection sends a message (<see cref="Worker"/>). So a body is read, coded or stored part by part, and no thread must be
/// woken for each part.
/// </summary>
internal sealed class WorkerExecutor : ExecutorService
{
    // The time that a worker searches for work before the worker sleeps. This time is about as long as the wake of a thread.
    private static readonly TimeSpan SearchTime = TimeSpan.FromMicroseconds(50);

    private readonly ConcurrentQueue<IRunnable> _ready = new();

    // The sleeping workers. The worker that fell asleep last is woken first, because its data may still be in its core's cache.
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
    /// The time that a connection may wait for a blocking actor on its thread. After this time, the connection moves to the
    /// thread pool.
    /// </param>
    /// <param name="scheduler">The scheduler that starts the check for waiting connections.</param>
    public WorkerExecutor(string id, int threads, TimeSpan threshold, IScheduler scheduler)
        : base(id)
    {
        Threads = threads;
        var workers = new Worker[threads];
        for (var i = 0; i < threads; i++)
            workers[i] = new Worker(this);
        for (var i = 0; i < threads; i++)
            new Thread(workers[i].Work) { IsBackground = true, Name = $"{id} {i + 1}" }.UnsafeStart();

        // The monitor gets no log, because actors are allowed to block on these threads.
        var monitor = new StallMonitor(workers, threshold, NoLogger.Instance, TimeProvider.System);
        _monitoring = scheduler.Advanced.ScheduleRepeatedlyCancelable(threshold, threshold, monitor.Check);
    }

    /// <summary>The number of threads.</summary>
    public int Threads { get; }

    /// <summary>Whether work waits for a free thread.</summary>
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

    /// <summary>Queues work for the threads. The threads run the work in the order of the queue.</summary>
    public void Enqueue(IRunnable run)
    {
        _ready.Enqueue(run);

        // This full fence makes the queued work visible before the state of the workers is read below. A worker first registers
        // as asleep, or ends its search, and then checks the queue once more. After the executor has ended, no worker may be
        // running, so the queued work moves to the thread pool.
        Interlocked.MemoryBarrier();
        if (IsEnding)
            RunQueue.MoveToThreadPool(_ready);
        else if (Volatile.Read(ref _sleepers) > 0 && !IsSearching)
            WakeOne();
    }

    /// <summary>Returns the next work for this worker. Waits until work is queued. Returns null when the executor has ended.</summary>
    public IRunnable? Take(Worker worker)
    {
        for (var wasWoken = false; ; wasWoken = true)
        {
            if (_ready.TryDequeue(out var run))
            {
                // A worker that has searched wakes only one other worker, even if much work was queued during the search. So
                // each woken worker wakes the next worker as long as work waits.
                if (wasWoken && HasWaiting && !IsSearching)
                    WakeOne();
                return run;
            }

            if (Search(out run))
                return run;

            // Work may have been queued after the last check of the queue and before the executor ended. No other worker may be
            // running, so this worker checks the queue again.
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

    // Searches for work for a short time before the worker sleeps. Only one worker searches at a time. During the search,
    // Enqueue wakes no other worker.
    private bool Search([NotNullWhen(true)] out IRunnable? run)
    {
        run = null;
        if (IsEnding || Interlocked.Exchange(ref _searchers, 1) != 0)
            return false;
        var began = Stopwatch.GetTimestamp();
        do
        {
            // Yields and does not spin. On a machine with few cores, the thread that will add work may need this core.
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
