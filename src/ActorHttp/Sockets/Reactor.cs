using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorHttp.Dispatch;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// A thread that waits for many sockets at once. A reactor sends an event to the connection of each socket that is ready. Then
/// the reactor runs these connections from its <see cref="RunQueue"/>, and also the actors to which the connections send
/// messages. So one thread handles a request from its first byte to the last byte of its answer. When an actor stalls the
/// thread, a new thread serves the sockets.
/// </summary>
internal sealed class Reactor : IRelievable, IDisposable
{
    // The largest number of events that one call of epoll_wait returns.
    private const int Batch = 256;

    // The largest number of runs of actors between two calls of epoll_wait. A full batch needs four runs for each socket
    // (connection, router, handler, connection). Because of this limit, sockets that wait and actors that are ready are served
    // in turns.
    private const int MaxRuns = 4 * Batch;

    // The limit of _sureness, upwards and downwards. _sureness increases when an event comes within the spin time, and
    // decreases when no event comes in this time.
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

    /// <summary>Starts the reactor's thread.</summary>
    /// <param name="spin">How long the thread polls for the next event before it sleeps, if recent events came within this time.</param>
    /// <param name="number">The reactor's number in its pool, from 0.</param>
    /// <exception cref="Win32Exception">The process has no free file descriptor.</exception>
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

    /// <summary>Watches a socket. The transport must call <see cref="Forget"/> before it closes the socket.</summary>
    /// <remarks>Returns false when the system's limit of watched descriptors is reached (epoll(7), max_user_watches).</remarks>
    public bool Watch(int descriptor, EpollTransport transport)
    {
        _watched[descriptor] = transport;
        if (Epoll.Add(_epoll, descriptor, Epoll.In | Epoll.Urgent | Epoll.Out | Epoll.PeerHangUp | Epoll.EdgeTriggered))
            return true;
        Forget(descriptor);
        return false;
    }

    public void Forget(int descriptor) => _watched.TryRemove(descriptor, out _);

    /// <summary>
    /// Queues work from another thread, and wakes the reactor's thread if the thread sleeps. Returns false when the queue has
    /// just been retired.
    /// </summary>
    public bool TryRun(IRunnable work)
    {
        var runQueue = RunQueue;
        if (!runQueue.TryAdd(work))
            return false;
        if (runQueue.TryClaimWake())
            Wake();
        return true;
    }

    // Starts a new thread with a new queue for the sockets. The stalled thread ends when its actor returns.
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
            // .NET throws this exception when the system cannot create a thread. The stalled thread then keeps the sockets, and
            // serves the sockets late.
            return;
        }

        var held = RunQueue;
        Volatile.Write(ref _runQueue, next);
        held.Retire();

        // The stalled thread may have continued and may now sleep in epoll_wait. The wake makes this thread check its queue and
        // end.
        Wake();
    }

    /// <summary>Ends the thread. The thread pool runs the actors that were ready.</summary>
    public void Dispose()
    {
        lock (_gate)
            Volatile.Write(ref _isEnding, true);

        // Retires the queue here, because a stalled thread cannot retire its own queue.
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
                // A socket that is not in _watched has been closed after epoll reported the event. If a new socket has the same
                // number, the new socket receives an edge that was meant for the old socket. This edge costs only a read that
                // returns nothing.
                var (descriptor, seen) = Epoll.EventAt(events, i);
                if (_watched.TryGetValue(descriptor, out var transport))
                    transport.OnEvents(seen);
            }

            isMoreReady = runQueue.RunReady(MaxRuns);
        }

        runQueue.Close();

        // The wake that ended this thread's sleep may have been meant for the new thread. So this thread wakes the new thread.
        Wake();
        End();
    }

    // Waits for events. The sleep and the wake of a thread cost more than a request. So the thread first polls for the spin
    // time, if recent events came within the spin time. When events are rare, the thread sleeps at once.
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

    // Wakes a sleeping thread. Does nothing after the descriptors are closed, because the numbers of these descriptors may then
    // belong to other files.
    private void Wake()
    {
        lock (_gate)
        {
            if (!_isClosed)
                Epoll.Wake(_waker);
        }
    }

    // Closes the descriptors when the last thread ends. An earlier close would be wrong, because a stalled thread may continue
    // and use the descriptors.
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
