using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Sockets;

/// <summary>
/// Owns and closes the file descriptor of a connected socket. This class is cheaper than a <see cref="Socket"/>: creating a
/// Socket from a descriptor makes eight system calls, and each use of a Socket costs as much as a system call.
/// </summary>
internal class SocketDescriptor : SafeHandleMinusOneIsInvalid
{
    // F_DUPFD_CLOEXEC of fcntl(2). The duplicate gets the lowest free number, and is closed on exec.
    private const int LinuxDuplicate = 1030;
    private const int MacDuplicate = 67;

    /// <summary>Creates the owner of a descriptor. -1 means no descriptor.</summary>
    public SocketDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    public int Number => (int)handle;

    /// <summary>The number of written bytes that the client has not acknowledged.</summary>
    public int Unacknowledged => Epoll.Unacknowledged(Number);

    /// <summary>Whether bytes have arrived that have not been read.</summary>
    public bool HasUnread => Epoll.Unread(Number) > 0;

    /// <summary>Creates a second descriptor of the socket. The result is invalid when the process has no free descriptor.</summary>
    public static SocketDescriptor Duplicate(Socket socket) =>
        new(Control((int)socket.Handle, OperatingSystem.IsLinux() ? LinuxDuplicate : MacDuplicate, 0));

    /// <summary>Sends FIN.</summary>
    /// <param name="both">Whether the call also ends receiving.</param>
    public void ShutDown(bool both = false) => Epoll.ShutDown(Number, both);

    /// <summary>Changes a later close of the socket into a reset.</summary>
    public void ResetOnClose() => Epoll.ResetOnClose(Number);

    /// <summary>Creates a .NET socket. The new socket owns the descriptor after this call.</summary>
    /// <exception cref="SocketException">The descriptor is not a socket.</exception>
    public virtual Socket ToSocket()
    {
        var owner = new SafeSocketHandle(handle, ownsHandle: true);
        SetHandleAsInvalid();
        Resources.Open(owner);
        try
        {
            return new Socket(owner) { Blocking = false };
        }
        catch (SocketException)
        {
            owner.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        Epoll.Close(Number);
        return true;
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(int descriptor, int command, int argument);
}
