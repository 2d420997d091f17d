using System.Net.Sockets;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Bounds what the kernel takes from us before it can send it (TCP_NOTSENT_LOWAT). Without it up to 4 MB wait there for a
/// client that does not read: memory that no limit of ours sees, and an answer that counts as taken long before it is.
/// </summary>
internal sealed class UnsentWindow(int bytes) : Inet.SocketOption
{
    private const int LinuxName = 25;
    private const int MacName = 0x201;

    // Accepted sockets inherit it.
    public override void BeforeServerSocketBind(Socket socket)
    {
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, LinuxName, BitConverter.GetBytes(bytes));
        else if (OperatingSystem.IsMacOS())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, MacName, BitConverter.GetBytes(bytes));
    }
}
