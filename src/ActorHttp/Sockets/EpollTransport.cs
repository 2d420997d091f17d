using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorHttp.Sockets;

/// <summary>
/// A transport whose socket is watched by a <see cref="Reactor"/>. The watch starts when the owner waits for the first time,
/// and only this first wait needs a system call. Each read or write needs one system call. The first read is tried before the
/// first wait, because most clients have sent their request by then.
/// </summary>
internal sealed class EpollTransport(SocketDescriptor descriptor, Reactor reactor) : Transport
{
    // The states of the input and of the output. Epoll is edge-triggered, so it reports each change only once. Ready means that
    // an edge has come before the owner waits. Wanted means that the owner waits for the next edge. Nothing means neither.
    private const int Nothing = 0;
    private const int Wanted = 1;
    private const int Ready = 2;

    private const uint End = Epoll.PeerHangUp | Epoll.HangUp | Epoll.Error;

    private readonly int _descriptor = descriptor.Number;
    private int _output;
    private bool _isWatched;

    // The state of the input. Starts as Ready, so that the first read is tried at once: the socket may already have bytes.
    private int _input = Ready;

    // Whether more input may follow a read that did not fill its buffer. A read stops before an urgent byte, and FIN or an
    // error follows the last byte.
    private bool _hasMoreBehind;

    public Reactor Reactor => reactor;

    public override int Unacknowledged => IsClosed ? 0 : descriptor.Unacknowledged;

    public override bool HasUnread => !IsClosed && descriptor.HasUnread;

    /// <summary>Handles the events that epoll has reported for the socket. Runs on the reactor's thread.</summary>
    public void OnEvents(uint events)
    {
        if ((events & (Epoll.Urgent | End)) != 0)
            Volatile.Write(ref _hasMoreBehind, true);
        if ((events & (Epoll.In | Epoll.Urgent | End)) != 0 && Interlocked.Exchange(ref _input, Ready) == Wanted)
            TellReadable();

        // Epoll reports "writable" together with every edge of the input, but the owner rarely waits for the output. The plain
        // read of _output avoids most of the interlocked exchanges.
        if ((events & (Epoll.Out | End)) != 0 && Volatile.Read(ref _output) != Ready && Interlocked.Exchange(ref _output, Ready) == Wanted)
            TellWritable();
    }

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        // Clears the edge before the call, because bytes that arrive during the call cause a new edge.
        Interlocked.Exchange(ref _input, Nothing);
        var count = CountOf(Epoll.Receive(_descriptor, buffer), out error);

        // Sets the edge again when no new edge comes for the rest of the input. One case is a full buffer: more bytes may be in
        // the socket. The other case is a FIN, an error or an urgent byte, which may have shared one edge with the received
        // bytes.
        if (count == buffer.Length || (count > 0 && Volatile.Read(ref _hasMoreBehind)))
            Interlocked.Exchange(ref _input, Ready);
        return count;
    }

    protected override bool ReadLater() => Interlocked.CompareExchange(ref _input, Wanted, Nothing) == Nothing && IsWatched(ref _input);

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error) => CountOf(Epoll.Send(_descriptor, bytes), out error);

    protected override int Send(ArraySegment<byte>[] pieces, out SocketError error) => CountOf(Epoll.Send(_descriptor, pieces), out error);

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent)
    {
        sent = 0;
        if (Interlocked.CompareExchange(ref _output, Wanted, Nothing) == Nothing && IsWatched(ref _output))
            return true;

        // An edge has come since the last send, perhaps before the socket was full. So the caller tries to send again.
        Interlocked.Exchange(ref _output, Nothing);
        return false;
    }

    protected override int FinishSend(out SocketError error)
    {
        Interlocked.Exchange(ref _output, Nothing);
        error = SocketError.Success;
        return 0;
    }

    // Sends no FIN if a close follows. The socket has no other descriptor, so the close sends FIN.
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

    // Starts the reactor's watch on the first wait. Epoll reports earlier events as the first edge, so a late start loses no
    // event. If the reactor cannot watch the socket, this method cancels the wait and shuts the socket down. Then the next read
    // or write fails, and this failure ends the transport.
    private bool IsWatched(ref int wait)
    {
        if (_isWatched || (_isWatched = reactor.Watch(_descriptor, this)))
            return true;
        Interlocked.Exchange(ref wait, Nothing);
        descriptor.ShutDown(both: true);
        return false;
    }

    // Returns the number of bytes of a call, 0 for a call that failed. Reads the error of the last call of this thread.
    private static int CountOf(int result, out SocketError error)
    {
        error = result >= 0 ? SocketError.Success : ErrorOf(Marshal.GetLastPInvokeError());
        return Math.Max(result, 0);
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
