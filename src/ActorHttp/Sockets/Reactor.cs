using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorHttp.Dispatch;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// A thread that waits for many sockets at once and tells each socket's connection what has happened. It then runs these
/// connections, and the actors that they message, from its <see cref="RunQueue"/>. So one thread takes a request from its first
/// byte to the last byte of its answer. When an actor stalls the thread, a new thread takes its place.
/// </summary>
internal sealed class Reactor : IRelievable, IDisposable
{
    // The most sockets that one look at epoll returns.
    private const int Batch = 256;

    // The most runs of actors between two looks at epoll. A full batch needs four for each socket (connection, router, handler,
    // connection). The limit lets waiting sockets and ready actors take turns.
    private const int MaxRuns = 4 * Batch;

    // How sure it is that the next thing comes soon, and the most that one can be.
    private const int MostSure = 8;

    private readonly ConcurrentDictionary<int, EpollTransport> _watched = new();
    private readonly TimeSpan _spin;
    private readonly int _epoll;
    private readonly int _waker;
    private readonly Lock _gate = new();
    private bool _isEnding;
    private RunQueue _runQueue = new();
    private int _threads;
    private bool _isClosed;
    private int _sureness;

    /// <summary>Begins to wait.</summary>
    /// <param name="spin">How long it looks for the next event without sleeping, when events come as fast as that.</param>
    /// <param name="number">The reactor's number in its pool, from 0.</param>
    /// <exception cref="Win32Exception">There is no file descriptor left.</exception>
    public Reactor(TimeSpan spin, int number = 0)
    {
        Number = number;
        _spin = spin;
        _epoll = Epoll.Create();
        _waker = Epoll.CreateWaker();
        if (_epoll < 0 || _waker < 0 || !Epoll.Add(_epoll, _waker, Epoll.In | Epoll.EdgeTriggered))
        {
            var error = new Win32Exception(Marshal.GetLastPInvokeError());
            Epoll.Close(_waker);
            Epoll.Close(_epoll);
            throw error;
        }

        Start(RunQueue);
    }

    /// <summary>The reactor's number in its pool, from 0.</summary>
    public int Number { get; }

    public RunQueue RunQueue => Volatile.Read(ref _runQueue);

    private bool IsEnding => Volatile.Read(ref _isEnding);

    /// <summary>Watches a socket until it is closed. Whoever closes it says <see cref="Forget"/> before.</summary>
    /// <remarks>False when the system watches as many as it will (epoll(7), max_user_watches).</remarks>
    public bool Watch(int descriptor, EpollTransport transport)
    {
        _watched[descriptor] = transport;
        if (Epoll.Add(_epoll, descriptor, Epoll.In | Epoll.Urgent | Epoll.Out | Epoll.PeerHangUp | Epoll.EdgeTriggered))
            return true;
        Forget(descriptor);
        return false;
    }

    public void Forget(int descriptor) => _watched.TryRemove(descriptor, out _);

    /// <summary>Queues work from another thread, and wakes this one when it sleeps. False when the queue has just been retired.</summary>
    public bool TryRun(IRunnable work)
    {
        var runQueue = RunQueue;
        if (!runQueue.TryAdd(work))
            return false;
        if (runQueue.TryClaimWake())
            Wake();
        return true;
    }

    // A new thread with a new queue takes the sockets. The stalled thread ends when its actor returns.
    public void Relieve()
    {
        var next = new RunQueue();
        try
        {
            if (!Start(next))
                return;
        }
        catch (OutOfMemoryException)
        {
            // .NET throws this when the system gives no thread. Then the stalled thread keeps the sockets: late is better than never.
            return;
        }

        var held = RunQueue;
        Volatile.Write(ref _runQueue, next);
        held.Retire();

        // The stalled thread may have returned and gone to sleep meanwhile.
        Wake();
    }

    /// <summary>Ends the thread. The thread pool runs the actors that were ready.</summary>
    public void Dispose()
    {
        lock (_gate)
            Volatile.Write(ref _isEnding, true);

        // The thread may be stalled, and would not retire its queue itself.
        RunQueue.Retire();
        Wake();
    }

    private bool Start(RunQueue runQueue)
    {
        lock (_gate)
        {
            if (IsEnding)
                return false;
            new Thread(() => WaitOn(runQueue)) { IsBackground = true, Name = "actor-http reactor" }.UnsafeStart();
            _threads++;
            return true;
        }
    }

    private void WaitOn(RunQueue runQueue)
    {
        var events = new byte[Batch * Epoll.EventSize];
        var isMoreReady = false;
        runQueue.Attach();
        while (!IsEnding && !runQueue.IsRetired)
        {
            var count = isMoreReady ? Epoll.Wait(_epoll, events, Epoll.NoDelay) : Wait(runQueue, events);
            for (var i = 0; i < count; i++)
            {
                // One that is not there has been closed since. A number that has been given to another socket since brings
                // that one an edge too many, which it takes for what it is: nothing.
                var (descriptor, seen) = Epoll.EventAt(events, i);
                if (_watched.TryGetValue(descriptor, out var transport))
                    transport.OnEvents(seen);
            }

            isMoreReady = runQueue.RunReady(MaxRuns);
        }

        runQueue.Close();

        // The wake that ended this thread's sleep may have been meant for the thread in its place.
        Wake();
        End();
    }

    // To put a thread to sleep and wake it again costs more than a request. So it looks on for as long as a wake takes, when
    // what has come lately came within that time; a server with little to do sleeps.
    private int Wait(RunQueue runQueue, byte[] events)
    {
        var began = Stopwatch.GetTimestamp();
        var count = 0;
        if (_sureness > 0)
        {
            while (count == 0 && !runQueue.HasReady && Stopwatch.GetElapsedTime(began) < _spin)
                count = Epoll.Wait(_epoll, events, Epoll.NoDelay);
        }

        if (count == 0)
            count = Sleep(runQueue, events);
        var wasSoon = Stopwatch.GetElapsedTime(began) < _spin;
        _sureness = Math.Clamp(_sureness + (wasSoon ? 1 : -1), -MostSure, MostSure);
        return count;
    }

    private int Sleep(RunQueue runQueue, byte[] events)
    {
        if (!runQueue.TryBeginSleep())
            return 0;
        var count = Epoll.Wait(_epoll, events, IsEnding ? Epoll.NoDelay : Epoll.ForEver);
        runQueue.EndSleep();
        return count;
    }

    // Never after the end: the number may be another file's by then.
    private void Wake()
    {
        lock (_gate)
        {
            if (!_isClosed)
                Epoll.Wake(_waker);
        }
    }

    // The descriptors go with the last thread: one that was held up may still come back to them.
    private void End()
    {
        lock (_gate)
        {
            if (--_threads > 0 || !IsEnding)
                return;
            _isClosed = true;
            Epoll.Close(_waker);
            Epoll.Close(_epoll);
        }
    }
}
