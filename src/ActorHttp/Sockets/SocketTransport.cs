using System.Net.Sockets;

namespace ActorHttp.Sockets;

/// <summary>
/// A socket that its owner reads and writes itself. No actor stands between, and no buffer is held while nothing comes: bytes
/// that the owner does not want stay in the kernel. The two kinds differ in how a socket is waited for.
/// </summary>
internal abstract class SocketTransport : Transport
{
    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket; it does not block.</param>
    /// <param name="frameSize">The most that one waiting send moves, in bytes.</param>
    protected SocketTransport(Socket socket, int frameSize)
    {
        Socket = socket;
        FrameSize = frameSize;
    }

    public sealed override int Unacknowledged => IsClosed || !OperatingSystem.IsLinux() ? 0 : Epoll.Unacknowledged((int)Socket.Handle);

    public sealed override bool HasUnread
    {
        get
        {
            if (IsClosed)
                return false;
            try
            {
                return Socket.Available > 0;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    protected Socket Socket { get; }

    protected int FrameSize { get; }

    /// <summary>The socket is closed next.</summary>
    protected abstract void OnClosing();

    protected sealed override int Send(ArraySegment<byte>[] pieces, out SocketError error) => Socket.Send(pieces, SocketFlags.None, out error);

    protected sealed override void SendFin(bool andReceiveNoMore)
    {
        try
        {
            Socket.Shutdown(andReceiveNoMore ? SocketShutdown.Both : SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client has reset it meanwhile: nobody is left to tell.
        }
    }

    protected sealed override void PrepareReset()
    {
        try
        {
            // Closed this way a socket is reset, and what it has not sent is dropped.
            Socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // It is broken already, and its client knows.
        }
    }

    protected sealed override void CloseSocket()
    {
        OnClosing();
        Socket.Dispose();
    }
}
