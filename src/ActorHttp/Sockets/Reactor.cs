using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorHttp.Dispatch;
using Akka.Dispatch;

namespace ActorHttp.Sockets;

/// <summary>
/// A thread that waits for many sockets at once, tells each one's owner what has come, and then runs those owners, and whoever
/// they send something, itself (<see cref="Trampoline"/>): from a request's bytes to those of its answer no other thread takes
/// part. When one of them holds it up, another thread takes its place.
/// </summary>
internal sealed class Reactor : IRelievable, IDisposable
{
    // Sockets that one look finds at most.
    private const int Batch = 256;

    // Runs of actors between two looks at the sockets: all that a full batch brings (connection, router, handler, connection),
    // so that who is served and who is looked for take turns.
    private const int Runs = 4 * Batch;

    // How sure it is that the next thing comes soon, and the most that one can be.
    private const int MostSure = 8;

    private readonly ConcurrentDictionary<int, EpollTransport> _watched = new();
    private readonly TimeSpan _spin;
    private readonly int _epoll;
    private readonly int _waker;
    private readonly Lock _gate = new();
    private bool _isEnding;
    private Trampoline _trampoline = new();
    private int _threads;
    private bool _isClosed;
    private int _sureness;

    /// <summary>Begins to wait.</summary>
    /// <param name="spin">How long it looks for the next event without sleeping, when events come as fast as that.</param>
    /// <exception cref="Win32Exception">There is no file descriptor left.</exception>
    public Reactor(TimeSpan spin)
    {
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

        Start(Trampoline);
    }

    public Trampoline Trampoline => Volatile.Read(ref _trampoline);

    private bool IsEnding => Volatile.Read(ref _isEnding);

    /// <summary>Watches a socket until it is closed. Whoever closes it says <see cref="Forget"/> before.</summary>
    /// <remarks>False when the system watches as many as it will (epoll(7), max_user_watches).</remarks>
    public bool Watch(int descriptor, EpollTransport transport)
    {
        _watched[descriptor] = transport;
        return Epoll.Add(_epoll, descriptor, Epoll.In | Epoll.Urgent | Epoll.Out | Epoll.PeerHangUp | Epoll.EdgeTriggered);
    }

    public void Forget(int descriptor) => _watched.TryRemove(descriptor, out _);

    /// <summary>Has it run what became ready on another thread; false when it has been given up this moment.</summary>
    public bool TryRun(IRunnable next)
    {
        var trampoline = Trampoline;
        if (!trampoline.TryAdd(next))
            return false;
        if (trampoline.MustBeWoken())
            Wake();
        return true;
    }

    public void Relieve()
    {
        var next = new Trampoline();
        try
        {
            if (!Start(next))
                return;
        }
        catch (OutOfMemoryException)
        {
            // What .NET throws when there is no thread to be had. Better late than by nobody: who holds it up keeps it.
            return;
        }

        var held = Trampoline;
        Volatile.Write(ref _trampoline, next);
        held.Retire();

        // It may have gone to sleep meanwhile.
        Wake();
    }

    /// <summary>Waits no more. What is ready is run by the thread pool.</summary>
    public void Dispose()
    {
        lock (_gate)
            Volatile.Write(ref _isEnding, true);

        // Its thread may be held up, and would not come to it.
        Trampoline.Retire();
        Wake();
    }

    private bool Start(Trampoline trampoline)
    {
        lock (_gate)
        {
            if (IsEnding)
                return false;
            new Thread(() => WaitOn(trampoline)) { IsBackground = true, Name = "actor-http reactor" }.UnsafeStart();
            _threads++;
            return true;
        }
    }

    private void WaitOn(Trampoline trampoline)
    {
        var events = new byte[Batch * Epoll.EventSize];
        var isMoreReady = false;
        trampoline.Enter();
        while (!IsEnding && !trampoline.IsRetired)
        {
            var count = isMoreReady ? Epoll.Wait(_epoll, events, Epoll.NoDelay) : Wait(trampoline, events);
            for (var i = 0; i < count; i++)
            {
                // One that is not there has been closed since. A number that has been given to another socket since brings
                // that one an edge too many, which it takes for what it is: nothing.
                var (descriptor, seen) = Epoll.EventAt(events, i);
                if (_watched.TryGetValue(descriptor, out var transport))
                    transport.OnEvents(seen);
            }

            isMoreReady = trampoline.Run(Runs);
        }

        trampoline.Leave();

        // What woke this thread may have been meant for the one in its place.
        Wake();
        End();
    }

    // To put a thread to sleep and wake it again costs more than a request. So it looks on for as long as a wake takes, when
    // what has come lately came within that time; a server with little to do sleeps.
    private int Wait(Trampoline trampoline, byte[] events)
    {
        var began = Stopwatch.GetTimestamp();
        var count = 0;
        if (_sureness > 0)
        {
            while (count == 0 && !trampoline.IsReady && Stopwatch.GetElapsedTime(began) < _spin)
                count = Epoll.Wait(_epoll, events, Epoll.NoDelay);
        }

        if (count == 0)
            count = Sleep(trampoline, events);
        var wasSoon = Stopwatch.GetElapsedTime(began) < _spin;
        _sureness = Math.Clamp(_sureness + (wasSoon ? 1 : -1), -MostSure, MostSure);
        return count;
    }

    private int Sleep(Trampoline trampoline, byte[] events)
    {
        if (!trampoline.FallAsleep())
            return 0;
        var count = Epoll.Wait(_epoll, events, IsEnding ? Epoll.NoDelay : Epoll.ForEver);
        trampoline.WakeUp();
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
