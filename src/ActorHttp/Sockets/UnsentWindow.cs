using System.Net.Sockets;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Limits how many unsent bytes the kernel buffers for a socket (TCP_NOTSENT_LOWAT). Without the limit, up to 4 MB wait in the
/// kernel for a client that does not read. No limit of the server counts this memory, and an answer seems taken long before the
/// client has it.
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
