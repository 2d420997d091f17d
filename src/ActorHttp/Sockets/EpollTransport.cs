using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorHttp.Sockets;

/// <summary>
/// A socket that a <see cref="Reactor"/> watches. To wait for it is no system call, and to read or write it is one each. The
/// reactor watches the socket from the first wait on: a client that sends one request and closes is often served without.
/// </summary>
internal sealed class EpollTransport(SocketDescriptor descriptor, Reactor reactor) : Transport
{
    // An edge comes once: it is kept until somebody waits for it, and a wait until there is one.
    private const int Nothing = 0;
    private const int Wanted = 1;
    private const int Ready = 2;

    private const uint End = Epoll.PeerHangUp | Epoll.HangUp | Epoll.Error;

    private readonly int _descriptor = descriptor.Number;
    private int _output;
    private bool _isWatched;

    // Nobody has looked at the socket yet, so the first read is tried at once.
    private int _input = Ready;

    // Whether a short read may not have been all: behind it is an end, or an urgent byte, at which each read stops.
    private bool _hasMoreBehind;

    public Reactor Reactor => reactor;

    public override int Unacknowledged => IsClosed ? 0 : descriptor.Unacknowledged;

    public override bool HasUnread => !IsClosed && descriptor.HasUnread;

    /// <summary>What the reactor has seen of the socket; on its thread.</summary>
    public void OnEvents(uint events)
    {
        if ((events & (Epoll.Urgent | End)) != 0)
            Volatile.Write(ref _hasMoreBehind, true);
        if ((events & (Epoll.In | Epoll.Urgent | End)) != 0 && Interlocked.Exchange(ref _input, Ready) == Wanted)
            TellReadable();

        // With every edge of the input it is said that there is room for output, which hardly anybody waits for.
        if ((events & (Epoll.Out | End)) != 0 && Volatile.Read(ref _output) != Ready && Interlocked.Exchange(ref _output, Ready) == Wanted)
            TellWritable();
    }

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        // Before the call: what comes during it is an edge of its own.
        Interlocked.Exchange(ref _input, Nothing);
        var count = Epoll.Receive(_descriptor, buffer);
        error = count >= 0 ? SocketError.Success : ErrorOf(Marshal.GetLastPInvokeError());

        // A full buffer may not have been all. And what came behind the last bytes has had its edge with them.
        if (count == buffer.Length || (count > 0 && Volatile.Read(ref _hasMoreBehind)))
            Interlocked.Exchange(ref _input, Ready);
        return Math.Max(count, 0);
    }

    protected override bool ReadLater() => Interlocked.CompareExchange(ref _input, Wanted, Nothing) == Nothing && IsWatched(ref _input);

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        var count = Epoll.Send(_descriptor, bytes);
        error = count >= 0 ? SocketError.Success : ErrorOf(Marshal.GetLastPInvokeError());
        return Math.Max(count, 0);
    }

    protected override int Send(ArraySegment<byte>[] pieces, out SocketError error)
    {
        var count = Epoll.Send(_descriptor, pieces);
        error = count >= 0 ? SocketError.Success : ErrorOf(Marshal.GetLastPInvokeError());
        return Math.Max(count, 0);
    }

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent)
    {
        sent = 0;
        if (Interlocked.CompareExchange(ref _output, Wanted, Nothing) == Nothing && IsWatched(ref _output))
            return true;

        // There has been an edge since the last look, perhaps before the kernel was full: the next try shows.
        Interlocked.Exchange(ref _output, Nothing);
        return false;
    }

    protected override int FinishSend(out SocketError error)
    {
        Interlocked.Exchange(ref _output, Nothing);
        error = SocketError.Success;
        return 0;
    }

    // The socket has no other descriptor: to close this one sends FIN, too.
    protected override void SendFin(bool isClosedNext)
    {
        if (!isClosedNext)
            descriptor.ShutDown();
    }

    protected override void PrepareReset() => descriptor.ResetOnClose();

    protected override void CloseSocket()
    {
        if (_isWatched)
            reactor.Forget(_descriptor);
        descriptor.Dispose();
    }

    // The reactor tells what has happened before as the first edge, so no event is lost by a late start. When the reactor cannot
    // watch the socket, the wait is off and the socket is shut down: the next read or write fails, and ends the transport.
    private bool IsWatched(ref int wait)
    {
        if (_isWatched || (_isWatched = reactor.Watch(_descriptor, this)))
            return true;
        Interlocked.Exchange(ref wait, Nothing);
        descriptor.ShutDown(both: true);
        return false;
    }

    private static SocketError ErrorOf(int number) => number switch
    {
        Epoll.TryAgain or Epoll.Interrupted => SocketError.WouldBlock,
        Epoll.BrokenPipe => SocketError.Shutdown,
        Epoll.ConnectionReset => SocketError.ConnectionReset,
        Epoll.TimedOut => SocketError.TimedOut,
        _ => SocketError.SocketError,
    };
}
