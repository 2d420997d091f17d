using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Sockets;

/// <summary>
/// The file descriptor of a connected socket, which this object closes. A <see cref="Socket"/> of the platform would ask the
/// system eight times what kind of socket it is, and costs as much as a system call for each use.
/// </summary>
internal class SocketDescriptor : SafeHandleMinusOneIsInvalid
{
    // fcntl(2): the lowest free descriptor, closed on exec.
    private const int LinuxDuplicate = 1030;
    private const int MacDuplicate = 67;

    /// <summary>Owns this descriptor; -1 stands for none.</summary>
    public SocketDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    public int Number => (int)handle;

    /// <summary>Bytes that were written and that the client has not acknowledged.</summary>
    public int Unacknowledged => Epoll.Unacknowledged(Number);

    /// <summary>Whether bytes have come that nobody has read.</summary>
    public bool HasUnread => Epoll.Unread(Number) > 0;

    /// <summary>Gives the socket a second descriptor. The answer is invalid when the system has none left.</summary>
    public static SocketDescriptor Duplicate(Socket socket) =>
        new(Control((int)socket.Handle, OperatingSystem.IsLinux() ? LinuxDuplicate : MacDuplicate, 0));

    /// <summary>Sends FIN.</summary>
    /// <param name="both">Whether nothing is received from now on, either.</param>
    public void ShutDown(bool both = false) => Epoll.ShutDown(Number, both);

    /// <summary>From now on to close the socket is to reset the connection.</summary>
    public void ResetOnClose() => Epoll.ResetOnClose(Number);

    /// <summary>Makes a socket of the platform, which owns the descriptor from then on.</summary>
    /// <exception cref="SocketException">The descriptor is no socket's.</exception>
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
