using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorHttp.Sockets;

/// <summary>
/// Manages the file of a listening unix socket (unix(7)): checks the file before the bind, and removes the file at the end.
/// </summary>
internal static class UnixSocketFile
{
    /// <summary>
    /// The length of the longest path, in bytes. The kernel's address has room for 108 bytes, and the last byte is zero.
    /// </summary>
    public const int LongestPath = 107;

    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const int KindMask = 0xF000;
    private const int SocketKind = 0xC000;

    /// <summary>Returns the length of a path in a socket address, in bytes.</summary>
    public static int LengthOf(string path) => Encoding.UTF8.GetByteCount(path);

    /// <summary>Removes a stale socket file. A file is stale when it is a socket and no process listens on it.</summary>
    /// <exception cref="IOException">
    /// The folder does not exist, another process listens on the file, or the file is no socket. The message is one line.
    /// </exception>
    /// <remarks>
    /// No lock protects this step. Two servers that start with the same stale file at the same moment can remove each other's
    /// file.
    /// </remarks>
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
    /// Returns the identity of the file at a path. Returns null when the system does not report an identity. A new file at the
    /// same path has another identity.
    /// </summary>
    public static Identity? IdentityOf(string path) =>
        Stat(path) is { } stat ? new Identity(stat.DeviceMajor, stat.DeviceMinor, stat.Inode) : null;

    /// <summary>Removes the file, unless another file has replaced it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="identity">The result of <see cref="IdentityOf"/> when the file was created.</param>
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
            // The folder no longer allows the removal. The file is now stale, and the next start removes the stale file.
        }
    }

    // Connects without blocking. A server whose backlog is full would block a connect, and with it the start of this server.
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

    /// <summary>The identity of a file: the number of its device, and the number of its inode on this device.</summary>
    internal readonly record struct Identity(uint Major, uint Minor, ulong Inode);

    // The layout of this struct is the same on every architecture.
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
