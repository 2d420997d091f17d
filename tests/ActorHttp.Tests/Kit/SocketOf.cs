using System.Net.Sockets;
using ActorHttp.Sockets;

namespace ActorHttp.Tests.Kit;

/// <summary>A descriptor that a socket of the test owns: the server closes it by disposing the socket, and the test sees that.</summary>
internal sealed class SocketOf(Socket socket) : SocketDescriptor((int)socket.Handle)
{
    public override Socket ToSocket()
    {
        SetHandleAsInvalid();
        socket.Blocking = false;
        return socket;
    }

    protected override bool ReleaseHandle()
    {
        socket.Dispose();
        return true;
    }
}
