using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>
/// Threads for actors that may block or compute for long. What they tell a connection is taken up by the same thread, and so is
/// what that connection tells one of them next (<see cref="Worker"/>): a body is read, coded or stored part by part, and no
/// part of it wakes a thread.
/// </summary>
internal sealed class WorkerExecutor : ExecutorService
{
    // As long as it takes to wake a thread.
    private static readonly TimeSpan SearchTime = TimeSpan.FromMicroseconds(50);

    private readonly ConcurrentQueue<IRunnable> _ready = new();

    // The last that went to sleep is the first that is woken: what it needs may still be in its core's cache.
    private readonly Stack<Worker> _sleeping = new();
    private readonly ICancelable? _watching;
    private readonly Lock _gate = new();
    private int _sleepers;
    private int _searchers;
    private bool _isEnding;

    /// <summary>Starts them.</summary>
    /// <param name="id">What they are called, with a number.</param>
    /// <param name="threads">How many.</param>
    /// <param name="threshold">How long a connection waits for the actor on its thread, before the thread pool takes it.</param>
    /// <param name="scheduler">Looks after that.</param>
    public WorkerExecutor(string id, int threads, TimeSpan threshold, IScheduler scheduler)
        : base(id)
    {
        Threads = threads;
        var workers = new Worker[threads];
        for (var i = 0; i < threads; i++)
            workers[i] = new Worker(this);
        for (var i = 0; i < threads; i++)
            new Thread(workers[i].Work) { IsBackground = true, Name = $"{id} {i + 1}" }.UnsafeStart();

        // Nobody is named: to block is allowed here.
        var watch = new StallWatch(workers, threshold, NoLogger.Instance, TimeProvider.System);
        _watching = scheduler.Advanced.ScheduleRepeatedlyCancelable(threshold, threshold, watch.Look);
    }

    /// <summary>How many threads it has.</summary>
    public int Threads { get; }

    /// <summary>Whether somebody waits for a thread.</summary>
    public bool HasWaiting => !_ready.IsEmpty;

    private bool IsEnding => Volatile.Read(ref _isEnding);

    private bool IsSearched => Volatile.Read(ref _searchers) != 0;

    public override void Execute(IRunnable run)
    {
        if (!Worker.TryGoOn(this, run))
            Enqueue(run);
    }

    public override void Shutdown()
    {
        _watching?.Cancel();
        Volatile.Write(ref _isEnding, true);
        while (WakeOne())
        {
        }
    }

    /// <summary>Has a thread run it, the first come first.</summary>
    public void Enqueue(IRunnable run)
    {
        _ready.Enqueue(run);

        // Whoever goes to sleep, or stops to search, says so before its last look. At the end nobody may be left to take it.
        Interlocked.MemoryBarrier();
        if (IsEnding)
            Trampoline.HandOver(_ready);
        else if (Volatile.Read(ref _sleepers) > 0 && !IsSearched)
            WakeOne();
    }

    /// <summary>What this one runs next, when there is something; null at the end.</summary>
    public IRunnable? Take(Worker worker)
    {
        for (var wasWoken = false; ; wasWoken = true)
        {
            if (_ready.TryDequeue(out var run))
            {
                // However much came while one searched, it has woken one: who is woken wakes the next.
                if (wasWoken && HasWaiting && !IsSearched)
                    WakeOne();
                return run;
            }

            if (Search(out run))
                return run;

            // What was added before the end may have come behind that look, and nobody else may be left to take it.
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

    // One at a time looks on for a moment before it sleeps, and while it does nobody is woken.
    private bool Search([NotNullWhen(true)] out IRunnable? run)
    {
        run = null;
        if (IsEnding || Interlocked.Exchange(ref _searchers, 1) != 0)
            return false;
        var began = Stopwatch.GetTimestamp();
        do
        {
            // Not to spin: on a small machine the thread that has work for us may want this core.
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

/// <summary>Akka creates it, by the name in hocon/reference.conf.</summary>
internal sealed class WorkerExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new WorkerExecutor(
        id,
        Config.GetString("threads") == "auto" ? Environment.ProcessorCount : Config.GetInt("threads"),
        Prerequisites.Settings.Config.GetTimeSpan("actor-http.io.stall-threshold"),
        Prerequisites.Scheduler);
}
