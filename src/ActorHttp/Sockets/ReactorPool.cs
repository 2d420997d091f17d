using System.ComponentModel;
using System.Net.Sockets;
using ActorHttp.Dispatch;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Sockets;

/// <summary>A server's reactors and their stall monitor. Each socket stays with one reactor.</summary>
internal sealed class ReactorPool : IRunQueuePool, IDisposable
{
    /// <summary>None: the platform waits.</summary>
    public static readonly ReactorPool None = new(0, TimeSpan.Zero, TimeSpan.Zero, NoLogger.Instance);

    private readonly Reactor[] _reactors;
    private readonly StallMonitor? _monitor;

    // Two counters. With one counter, new sockets and work from other threads could alternate, and some reactors would get no socket.
    private uint _socket;
    private uint _run;

    /// <summary>Starts the reactors.</summary>
    /// <param name="count">The number of reactors. With 0 the platform waits for sockets.</param>
    /// <param name="spin">How long a reactor looks for the next event without sleeping, when events come that fast.</param>
    /// <param name="stallThreshold">How long an actor may hold up a reactor's thread.</param>
    /// <param name="log">Gets a warning that names an actor that held one up for longer.</param>
    /// <exception cref="Win32Exception">There is no file descriptor left.</exception>
    public ReactorPool(int count, TimeSpan spin, TimeSpan stallThreshold, ILoggingAdapter log)
    {
        _reactors = new Reactor[count];
        for (var i = 0; i < count; i++)
            _reactors[i] = new Reactor(spin, i);
        if (count == 0)
            return;
        _monitor = new StallMonitor(_reactors, stallThreshold, log, TimeProvider.System);
        _monitor.Start();
    }

    /// <summary>As many as wait for sockets here by default: half of the processors, the other half being for handlers; 0 where there is no epoll(7).</summary>
    public static int DefaultCount => OperatingSystem.IsLinux() && Environment.Is64BitProcess ? Math.Max(1, Environment.ProcessorCount / 2) : 0;

    /// <summary>Takes a connected socket over.</summary>
    /// <exception cref="SocketException">The descriptor is no socket's.</exception>
    public ITransport Take(SocketDescriptor descriptor, int frameSize) => _reactors.Length == 0
        ? new AsyncSocketTransport(descriptor.ToSocket(), frameSize)
        : new EpollTransport(descriptor, Next(ref _socket));

    /// <summary>The number of the reactor that watches this socket, from 0. Null when no reactor does.</summary>
    public static int? NumberOf(ITransport transport) => (transport as EpollTransport)?.Reactor.Number;

    public bool TryRun(IRunnable work) => _reactors.Length > 0 && Next(ref _run).TryRun(work);

    /// <summary>Ends them. Sockets that are still open hear nothing any more.</summary>
    public void Dispose()
    {
        _monitor?.Dispose();
        foreach (var reactor in _reactors)
            reactor.Dispose();
    }

    private Reactor Next(ref uint count) => _reactors[Interlocked.Increment(ref count) % _reactors.Length];
}
