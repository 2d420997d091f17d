using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorHttp.Sockets;

/// <summary>The file of a listening unix socket: its rules before the bind, and its removal at the end (unix(7)).</summary>
internal static class UnixSocketFile
{
    /// <summary>The longest path in bytes. The kernel's address has room for 108, and the last one is zero.</summary>
    public const int LongestPath = 107;

    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const int KindMask = 0xF000;
    private const int SocketKind = 0xC000;

    /// <summary>How many bytes a path has in a socket address.</summary>
    public static int LengthOf(string path) => Encoding.UTF8.GetByteCount(path);

    /// <summary>Removes a stale socket file. A file is stale when it is a socket and no process listens on it.</summary>
    /// <exception cref="IOException">
    /// The folder does not exist, another process listens on the file, or the file is no socket. The message is one line.
    /// </exception>
    /// <remarks>No lock prevents that two servers, which start on one stale file at the same moment, remove each other's file.</remarks>
    public static void RemoveStale(string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new IOException($"the folder {Path.GetDirectoryName(path)} does not exist");
        if (new FileInfo(path).LinkTarget is not null)
            throw new IOException("the file exists and is a symbolic link, not a socket");
        if (!File.Exists(path) && !Directory.Exists(path))
            return;
        if (Directory.Exists(path) || (Stat(path) is { } stat && (stat.Mode & KindMask) != SocketKind))
            throw new IOException("the file exists and is not a socket");
        switch (ErrorOfConnect(path))
        {
            case SocketError.Success:
            case SocketError.WouldBlock:
                throw new IOException("another server listens on this socket");
            case SocketError.ConnectionRefused:
                File.Delete(path);
                break;
            case var error:
                throw new IOException(
                    $"the file exists, and it is not known whether a server listens on it ({new SocketException((int)error).Message})");
        }
    }

    /// <summary>
    /// Returns the identity of the file at a path; null where the system does not tell it. A later file has another
    /// identity.
    /// </summary>
    public static Identity? IdentityOf(string path) =>
        Stat(path) is { } stat ? new Identity(stat.DeviceMajor, stat.DeviceMinor, stat.Inode) : null;

    /// <summary>Removes the file, unless it has been replaced by another one meanwhile.</summary>
    /// <param name="path">The path.</param>
    /// <param name="identity">What <see cref="IdentityOf"/> returned when the file was created.</param>
    public static void Remove(string path, Identity? identity)
    {
        if (identity is not null && IdentityOf(path) != identity)
            return;
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that does not permit it any more. The file is stale from now on, and the next start removes it.
        }
    }

    // Without blocking: a server whose backlog is full would hold up the start.
    private static SocketError ErrorOfConnect(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private static StatX? Stat(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        return statx(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, BasicStats, out var stat) == 0 ? stat : null;
    }

    /// <summary>What tells a file from all others: its device and its number there.</summary>
    internal readonly record struct Identity(uint Major, uint Minor, ulong Inode);

    // The same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, out StatX stat);
}
