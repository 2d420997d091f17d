using System.Net.Sockets;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Limits the number of unsent bytes that the kernel buffers for a socket (TCP_NOTSENT_LOWAT). Without this limit, the kernel
/// buffers up to 4 MB for a client that does not read. No limit of the server counts this memory. And the server would count an
/// answer as sent long before the client has received it.
/// </summary>
internal sealed class UnsentWindow(int bytes) : Inet.SocketOption
{
    private const int LinuxName = 25;
    private const int MacName = 0x201;

    // Sets the option on the listening socket, because accepted sockets inherit it.
    public override void BeforeServerSocketBind(Socket socket)
    {
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, LinuxName, BitConverter.GetBytes(bytes));
        else if (OperatingSystem.IsMacOS())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, MacName, BitConverter.GetBytes(bytes));
    }
}
