using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using Akka.Actor;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// A socket that Akka.IO has accepted, under a descriptor of our own; null when there is none to spare, not even for a
/// refusal. Its sender is Akka.IO's actor of that socket, from which <see cref="Tcp.Connected"/> follows.
/// </summary>
internal sealed record SocketTaken(EndPoint Remote, Socket? Socket, bool IsOfReserve) : INoSerializationVerificationNeeded;

/// <summary>Akka.IO's actor of a taken socket is gone.</summary>
internal sealed record SocketReleased(IActorRef Connection) : INoSerializationVerificationNeeded;

/// <summary>
/// Takes accepted sockets over from Akka.IO, which goes on accepting. An option is told of each before Akka.IO's actor has
/// read a byte; it duplicates the descriptor, and then the original can be closed without an effect on the connection.
/// </summary>
internal sealed class SocketHandover(IActorRef listener) : Inet.SocketOption
{
    // fcntl(2): the lowest free descriptor, closed on exec.
    private const int LinuxDuplicate = 1030;
    private const int MacDuplicate = 67;

    /// <summary>Whether this system lets a socket have two descriptors.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public override void AfterConnect(Socket socket)
    {
        var descriptor = Control((int)socket.Handle, OperatingSystem.IsLinux() ? LinuxDuplicate : MacDuplicate, 0);
        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        if (OpenFiles.IsOfLast(descriptor))
            handle.Dispose();
        Resources.Open(handle);
        var taken = handle.IsInvalid || handle.IsClosed ? null : new Socket(handle) { Blocking = false };
        listener.Tell(new SocketTaken(socket.RemoteEndPoint!, taken, OpenFiles.IsOfReserve(descriptor)));
    }

    /// <summary>Undoes what Akka.IO has done to the socket when it let go of it: to make its close a reset.</summary>
    public static void Keep(Socket socket) => socket.LingerState = new LingerOption(false, 0);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(int descriptor, int command, int argument);
}
