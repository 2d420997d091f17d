using System.ComponentModel;
using System.Net.Sockets;
using ActorHttp.Dispatch;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Sockets;

/// <summary>The threads that wait for a server's sockets, and the watch over them. Each socket stays with one of them.</summary>
internal sealed class ReactorPool : ITrampolineHost, IDisposable
{
    /// <summary>None: the platform waits.</summary>
    public static readonly ReactorPool None = new(0, TimeSpan.Zero, TimeSpan.Zero, NoLogger.Instance);

    private readonly Reactor[] _reactors;
    private readonly StallWatch? _watch;

    // Two counts: with one, those who come and what they make ready would take turns, and some threads would have no sockets.
    private uint _socket;
    private uint _run;

    /// <summary>Starts them.</summary>
    /// <param name="count">How many; with 0 the platform waits for sockets itself.</param>
    /// <param name="spin">How long they look for the next event without sleeping, when events come as fast as that.</param>
    /// <param name="stallThreshold">How long an actor may hold one up.</param>
    /// <param name="log">Where it is said who did.</param>
    /// <exception cref="Win32Exception">There is no file descriptor left.</exception>
    public ReactorPool(int count, TimeSpan spin, TimeSpan stallThreshold, ILoggingAdapter log)
    {
        _reactors = new Reactor[count];
        for (var i = 0; i < count; i++)
            _reactors[i] = new Reactor(spin);
        if (count == 0)
            return;
        _watch = new StallWatch(_reactors, stallThreshold, log, TimeProvider.System);
        _watch.Start();
    }

    /// <summary>As many as wait for sockets here by default: half of the processors, the other half being for handlers; 0 where there is no epoll(7).</summary>
    public static int DefaultCount => OperatingSystem.IsLinux() && Environment.Is64BitProcess ? Math.Max(1, Environment.ProcessorCount / 2) : 0;

    /// <summary>Takes a connected socket over.</summary>
    public ITransport Take(Socket socket, int frameSize) => _reactors.Length == 0
        ? new AsyncSocketTransport(socket, frameSize)
        : new EpollTransport(socket, frameSize, Next(ref _socket));

    public bool TryRun(IRunnable next) => _reactors.Length > 0 && Next(ref _run).TryRun(next);

    /// <summary>Ends them. Sockets that are still open hear nothing any more.</summary>
    public void Dispose()
    {
        _watch?.Dispose();
        foreach (var reactor in _reactors)
            reactor.Dispose();
    }

    private Reactor Next(ref uint count) => _reactors[Interlocked.Increment(ref count) % _reactors.Length];
}
