using System.ComponentModel;
using System.Net.Sockets;
using ActorHttp.Dispatch;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Sockets;

/// <summary>The reactors of a server and their stall monitor. Each socket belongs to one reactor for its whole life.</summary>
internal sealed class ReactorPool : IRunQueuePool, IDisposable
{
    /// <summary>A pool without reactors. With this pool, .NET waits for the sockets.</summary>
    public static readonly ReactorPool None = new(0, TimeSpan.Zero, TimeSpan.Zero, NoLogger.Instance);

    private readonly Reactor[] _reactors;
    private readonly StallMonitor? _monitor;

    // Round-robin counters for new sockets and for work from other threads. With one counter for both, new sockets and work
    // could alternate, and some reactors would then get no socket.
    private uint _socket;
    private uint _run;

    /// <summary>Starts the reactors.</summary>
    /// <param name="count">The number of reactors. If 0, .NET waits for the sockets.</param>
    /// <param name="spin">How long a reactor polls for the next event before it sleeps, if recent events came within this time.</param>
    /// <param name="stallThreshold">The time that an actor may block a reactor's thread.</param>
    /// <param name="log">The log for the warning about an actor that blocks a thread for longer than the threshold.</param>
    /// <exception cref="Win32Exception">The process has no free file descriptor.</exception>
    public ReactorPool(int count, TimeSpan spin, TimeSpan stallThreshold, ILoggingAdapter log)
    {
        _reactors = new Reactor[count];
        for (var i = 0; i < count; i++)
            _reactors[i] = new Reactor(spin, i);
        if (count > 0)
            _monitor = new StallMonitor(_reactors, stallThreshold, log, TimeProvider.System);
    }

    /// <summary>
    /// The default number of reactors: half of the processors, because the handlers need the other half. 0 on a system without
    /// epoll(7), and on a 32-bit system.
    /// </summary>
    public static int DefaultCount =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess ? Math.Max(1, Environment.ProcessorCount / 2) : 0;

    /// <summary>
    /// Starts the monitor that finds actors which block a reactor's thread. The server calls this method when all its endpoints
    /// are bound. During the start of the server, actors run for the first time. The JIT compilation of their code can take
    /// longer than the threshold.
    /// </summary>
    public void StartMonitor() => _monitor?.Start();

    /// <summary>Creates the transport of a connected socket. The transport owns the descriptor after this call.</summary>
    /// <exception cref="SocketException">The descriptor is not a socket.</exception>
    public ITransport Take(SocketDescriptor descriptor, int frameSize) => _reactors.Length == 0
        ? new AsyncSocketTransport(descriptor.ToSocket(), frameSize)
        : new EpollTransport(descriptor, Next(ref _socket));

    /// <summary>
    /// Returns the number of the reactor that watches this transport's socket, from 0. Returns null when no reactor watches the
    /// socket.
    /// </summary>
    public static int? NumberOf(ITransport transport) => (transport as EpollTransport)?.Reactor.Number;

    public bool TryRun(IRunnable work) => _reactors.Length > 0 && Next(ref _run).TryRun(work);

    /// <summary>Ends the reactors. Sockets that are still open receive no more events.</summary>
    public void Dispose()
    {
        _monitor?.Dispose();
        foreach (var reactor in _reactors)
            reactor.Dispose();
    }

    private Reactor Next(ref uint count) => _reactors[Interlocked.Increment(ref count) % _reactors.Length];
}
