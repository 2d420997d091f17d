using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Load;

/// <summary>
/// Sends requests at a fixed rate, which several connections share. Each connection has its own due times, evenly between those
/// of the others. It sends a request when the request is due and the last answer has arrived. A late answer also delays the
/// requests behind it, and each latency counts from the due time. So no request is missing from the figures because it was sent
/// late (no coordinated omission).
/// </summary>
/// <remarks>
/// Uses one thread and poll(2), because its CPU time is taken from the server on the same machine. Tasks and the thread pool
/// would cost more than the server.
/// </remarks>
internal sealed unsafe partial class FixedRate : IDisposable
{
    // Requests of the same 250 µs are due together. Separate due times would need a timer for each request, and setting a timer
    // costs more than sending the request: 31 µs a request instead of 14, on the machine where this was written.
    private static readonly double Step = Stopwatch.Frequency / 4000.0;

    private const short PollIn = 1;
    private const int TimerSlack = 29;

    private readonly Connection[] _connections;
    private readonly PollFd[] _polled;
    private readonly byte[] _request;
    private readonly double _interval;
    private long[] _latencies;

    public FixedRate(int port, byte[] request, int connections, int rate)
    {
        // Sets the timer slack to 1 ns. With the default, each sleep takes up to 50 µs longer.
        _ = SetProcess(TimerSlack, 1, 0, 0, 0);

        _request = request;
        _interval = (double)Stopwatch.Frequency * connections / rate;
        _latencies = new long[rate];
        _connections = new Connection[connections];
        _polled = new PollFd[connections];
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            socket.Blocking = false;
            _connections[i] = new Connection(socket);
            _polled[i] = new PollFd { Descriptor = (int)socket.Handle, Events = PollIn };
        }
    }

    public int Answered { get; private set; }

    /// <summary>
    /// The number of wrong answers, of connections that ended, and of due requests without an answer two seconds after the end.
    /// </summary>
    public int Errors { get; private set; }

    public Span<long> Latencies => _latencies.AsSpan(0, Answered);

    public void Forget() => (Answered, Errors) = (0, 0);

    public void Run(double seconds)
    {
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(seconds * Stopwatch.Frequency);
        for (var i = 0; i < _connections.Length; i++)
            _connections[i].Begin(start, _interval * i / _connections.Length, Step);

        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            var next = double.MaxValue;
            var isOver = true;
            foreach (var connection in _connections)
            {
                if (connection.IsWaiting)
                {
                    isOver = false;
                    continue;
                }
                if (connection.IsGone || connection.Due >= end)
                    continue;

                isOver = false;
                if (connection.Due <= now)
                    Ask(connection);
                else
                    next = Math.Min(next, connection.Due);
            }
            if (isOver)
                return;
            if (now > end + 2 * Stopwatch.Frequency)
            {
                GiveUp(end);
                return;
            }

            Wait(Math.Min(next, now + Stopwatch.Frequency / 10) - now);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Socket.Dispose();
    }

    private void Ask(Connection connection)
    {
        if (connection.Socket.Send(_request, SocketFlags.None, out var error) == _request.Length)
            connection.IsWaiting = true;
        else
            Lose(connection, error);
    }

    private void Wait(double ticks)
    {
        var nanoseconds = (long)(ticks * 1e9 / Stopwatch.Frequency);
        var time = new Timespec { Seconds = (nint)(nanoseconds / 1_000_000_000), Nanoseconds = (nint)(nanoseconds % 1_000_000_000) };
        int ready;
        fixed (PollFd* polled = _polled)
            ready = Poll(polled, (nuint)_polled.Length, &time, null);

        for (var i = 0; ready > 0 && i < _polled.Length; i++)
        {
            if (_polled[i].Happened == 0)
                continue;
            ready--;
            Read(_connections[i]);
            if (_connections[i].IsGone)
                _polled[i].Descriptor = -1;
        }
    }

    private void Read(Connection connection)
    {
        var received = connection.Socket.Receive(connection.Room, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return;
        if (received == 0 || error != SocketError.Success || !connection.IsWaiting)
        {
            Lose(connection, error);
            return;
        }

        switch (connection.Take(received))
        {
            case Progress.Wrong:
                Errors++;
                connection.Next(_interval, Step);
                break;
            case Progress.Whole:
                if (Answered == _latencies.Length)
                    Array.Resize(ref _latencies, _latencies.Length * 2);
                _latencies[Answered++] = Stopwatch.GetTimestamp() - (long)connection.Due;
                connection.Next(_interval, Step);
                break;
        }
    }

    private void Lose(Connection connection, SocketError error)
    {
        Console.Error.WriteLine($"A connection ended: {error}");
        connection.IsGone = true;
        connection.IsWaiting = false;
        Errors++;
    }

    private void GiveUp(long end)
    {
        foreach (var connection in _connections)
        {
            if (!connection.IsGone && connection.Due < end)
                Errors += (int)((end - connection.Due) / _interval) + 1;
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(PollFd* polled, nuint count, Timespec* time, void* signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcess(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
