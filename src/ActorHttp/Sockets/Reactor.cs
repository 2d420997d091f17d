using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorHttp.Dispatch;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// A thread that waits for many sockets at once. A reactor sends an event to the connection of each socket that is ready. Then
/// the reactor runs these connections, and the actors that they message, from its <see cref="RunQueue"/>. So one thread handles
/// a request from its first byte to the last byte of its answer. When an actor stalls the thread, a new thread takes its place.
/// </summary>
internal sealed class Reactor : IRelievable, IDisposable
{
    // The most events that one call of epoll_wait returns.
    private const int Batch = 256;

    // The most runs of actors between two calls of epoll_wait. A full batch needs four runs for each socket (connection,
    // router, handler, connection). The limit lets waiting sockets and ready actors take turns.
    private const int MaxRuns = 4 * Batch;

    // The upper and the lower limit of _sureness, which counts up when a wait ends within the spin time, and down when it does
    // not.
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

    /// <summary>Starts the thread.</summary>
    /// <param name="spin">How long the thread polls for the next event before it sleeps, if recent events came within this time.</param>
    /// <param name="number">The reactor's number in its pool, from 0.</param>
    /// <exception cref="Win32Exception">No file descriptor is left.</exception>
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

    /// <summary>Watches a socket. The transport calls <see cref="Forget"/> before it closes the socket.</summary>
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
    /// Queues work from another thread, and wakes the reactor's thread if it sleeps. Returns false when the queue has just been
    /// retired.
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
            // .NET throws this when the system cannot create a thread. The stalled thread then keeps the sockets and serves
            // them late.
            return;
        }

        var held = RunQueue;
        Volatile.Write(ref _runQueue, next);
        held.Retire();

        // The stalled thread may have come back and gone to sleep meanwhile. The wake makes it notice that its queue is
        // retired.
        Wake();
    }

    /// <summary>Ends the thread. The thread pool runs the actors that were ready.</summary>
    public void Dispose()
    {
        lock (_gate)
            Volatile.Write(ref _isEnding, true);

        // A stalled thread would not retire its queue itself.
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
                // A socket that is missing here has been closed meanwhile. If a new socket has the same number, the new socket
                // sees one edge too many. That edge costs only a read that returns nothing.
                var (descriptor, seen) = Epoll.EventAt(events, i);
                if (_watched.TryGetValue(descriptor, out var transport))
                    transport.OnEvents(seen);
            }

            isMoreReady = runQueue.RunReady(MaxRuns);
        }

        runQueue.Close();

        // The wake that ended this thread's sleep may have been meant for the thread that took its place. So it is passed on.
        Wake();
        End();
    }

    // Waits for events. Putting a thread to sleep and waking it costs more than a request. So the thread first polls for the
    // spin time, if recent events came within that time. When events are rare, the thread sleeps at once.
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

    // Wakes a sleeping thread. Does nothing after the descriptors are closed, because their numbers may then belong to other
    // files.
    private void Wake()
    {
        lock (_gate)
        {
            if (!_isClosed)
                Epoll.Wake(_waker);
        }
    }

    // Closes the descriptors when the last thread ends, because a stalled thread may still come back and use them.
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
