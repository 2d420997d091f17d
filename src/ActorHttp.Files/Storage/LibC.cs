using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The system calls of 64-bit Linux that .NET does not offer. These calls accept file names of any bytes, follow no links, and
/// address a folder by its descriptor. They also open a file without waiting, where .NET would block on a named pipe until a
/// process opens the pipe for writing.
/// </summary>
internal static class LibC
{
    public const int CurrentFolder = -100;
    public const int ReadOnly = 0;
    public const int ReadWrite = 0x2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoDevice = 6;
    public const int Again = 11;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NoSuchDevice = 19;
    public const int NotDirectory = 20;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    public const int NoAttribute = 61;
    public const int NotSupported = 95;
    public const int NoMedium = 123;
    private const int LongestPath = 4096;
    private const int LongestAttribute = 64 * 1024;
    private const int RemoveFolder = 0x200;
    private const int EmptyPath = 0x1000;
    private const int NoFollowLookup = 0x100;
    private const int NoWait = 0x8;

    // The statx mask: type, mode, size, mtime and ctime.
    private const uint BasicStats = 0x7ff;
    private const long OpenAt2 = 437;
    private const ulong NoSymlinks = 0x04;
    private const ulong Beneath = 0x08;
    private const ulong Cached = 0x20;

    // O_DIRECTORY and O_NOFOLLOW have other values on ARM. The other flags in this class are the same on all architectures.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    public static readonly int OnlyFolders = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>Whether this process can use these calls: on 64-bit Linux with a libc that has statx.</summary>
    public static bool IsUsable { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess && Probe();

    /// <summary>
    /// Whether the kernel can open a path without following any link (openat2, Linux 5.6). Some sandboxes forbid openat2.
    /// </summary>
    public static bool HasOpenAt2 { get; } = IsUsable && TryOpenWithoutLinks("/", PathOnly, out var root) == 0 && Close(root);

    /// <summary>Whether the kernel can open a path without waiting for a disk (Linux 5.12).</summary>
    public static bool HasCachedOpen { get; } =
        HasOpenAt2 && TryOpenWithoutLinks("/", PathOnly, out var root, isCached: true) == 0 && Close(root);

    /// <summary>Opens an absolute path, in which no part may be a link. Returns 0 or an errno.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">The flags of open(2).</param>
    /// <param name="descriptor">The descriptor of the opened file.</param>
    /// <param name="isCached">
    /// Whether the call must not wait for a disk. Then the call returns EAGAIN when the needed data is not in memory.
    /// </param>
    public static int TryOpenWithoutLinks(string path, int flags, out int descriptor, bool isCached = false) =>
        TryOpen(CurrentFolder, path, flags, isCached ? NoSymlinks | Cached : NoSymlinks, out descriptor);

    /// <summary>Opens a folder without waiting for a disk. Follows links. Returns 0 or an errno.</summary>
    public static int TryOpenCachedFolder(string path, out int descriptor) =>
        TryOpen(CurrentFolder, path, PathOnly | OnlyFolders, Cached, out descriptor);

    /// <summary>
    /// Opens a path below a folder without waiting for a disk. No part of the path may be a link. Returns 0 or an errno.
    /// </summary>
    public static int TryOpenCachedBelow(int folder, string path, int flags, out int descriptor) =>
        TryOpen(folder, path, flags, Beneath | NoSymlinks | Cached, out descriptor);

    /// <summary>Opens an entry of a folder. Returns 0 or an errno.</summary>
    public static int TryOpenAt(int folder, string name, int flags, out int descriptor)
    {
        // Mode 0600: only the user of this process can open a new file. FileRights sets other rights when the file is complete.
        const int mode = 0x180;
        descriptor = openat(folder, FileName.Encode(name, zeros: 1), flags | CloseOnExec | NoFollow, mode);
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    public static FileStat Stat(int descriptor) =>
        statx(descriptor, [0], EmptyPath, BasicStats, out var stat) == 0 ? From(stat) : throw Fault(Marshal.GetLastPInvokeError(), "");

    /// <summary>Returns the identity of a file; default on a system without this information.</summary>
    public static FileIdentity IdentityOf(SafeFileHandle file) =>
        IsUsable && statx((int)file.DangerousGetHandle(), [0], EmptyPath, BasicStats, out var stat) == 0
            ? new FileIdentity(((ulong)stat.DeviceMajor << 32) | stat.DeviceMinor, stat.Inode, From(stat.Changed).UtcTicks)
            : default;

    /// <summary>
    /// Returns the kind and the version of an entry in a folder, without following a link; null when there is no entry.
    /// </summary>
    public static FileStat? StatAt(int folder, string name)
    {
        if (statx(folder, FileName.Encode(name, zeros: 1), NoFollowLookup, BasicStats, out var stat) == 0)
            return From(stat);
        return Marshal.GetLastPInvokeError() is NoEntry or NotDirectory ? null : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>
    /// Reads bytes of a file that are in the memory of the operating system, without waiting for a disk. Returns the number of
    /// bytes, and 0 at the end of the file. Returns -1 when the read would have to wait, and also for a fault. After -1 the
    /// caller reads again in a way that waits, and that read reports a fault.
    /// </summary>
    public static int ReadCached(SafeFileHandle file, ArraySegment<byte> buffer, long position)
    {
        if (!IsUsable)
            return -1;
        var pinned = GCHandle.Alloc(buffer.Array, GCHandleType.Pinned);
        try
        {
            var piece = new IoVector { Address = pinned.AddrOfPinnedObject() + buffer.Offset, Length = buffer.Count };
            return (int)preadv2((int)file.DangerousGetHandle(), ref piece, 1, position, NoWait);
        }
        catch (EntryPointNotFoundException)
        {
            // The libc does not have preadv2, for example because the libc is older than 2016.
            return -1;
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>Returns the free space that this process may use in the file system of a folder, in bytes.</summary>
    public static long FreeSpace(int folder)
    {
        // The layout of struct statvfs on 64-bit Linux: block size, fragment size, and the numbers of all fragments, of free
        // fragments, and of free fragments for unprivileged users.
        var space = new ulong[16];
        Check(fstatvfs(folder, space), "");
        return (long)UInt128.Min((UInt128)space[1] * space[4], long.MaxValue);
    }

    /// <summary>Returns the target of a link; null when there is no entry or the entry is not a link.</summary>
    public static string? ReadLink(string path)
    {
        var target = Resources.Rent(LongestPath);
        try
        {
            var length = readlink(FileName.Encode(path, zeros: 1), target, LongestPath);
            return length < 0 ? null : FileName.Decode(target.AsSpan(0, (int)length));
        }
        finally
        {
            Resources.Return(target);
        }
    }

    /// <summary>Returns the rights of an open file.</summary>
    public static UnixRights RightsOf(int descriptor) =>
        statx(descriptor, [0], EmptyPath, BasicStats, out var stat) == 0 ? Rights(stat) : throw Fault(Marshal.GetLastPInvokeError(), "");

    /// <summary>Returns the rights of a regular file in a folder; null when there is no regular file with this name.</summary>
    public static UnixRights? RightsAt(int folder, string name) =>
        statx(folder, FileName.Encode(name, zeros: 1), NoFollowLookup, BasicStats, out var stat) == 0 && From(stat).Kind == FileKind.File
            ? Rights(stat)
            : null;

    /// <summary>
    /// Changes the owner and the group of an open file. The value -1 leaves the owner or the group unchanged. Returns whether the
    /// system permitted the change.
    /// </summary>
    public static bool TryChangeOwner(int descriptor, long owner, long group) => fchown(descriptor, (uint)owner, (uint)group) == 0;

    public static bool TryChangeMode(int descriptor, int mode) => fchmod(descriptor, (uint)mode) == 0;

    /// <summary>Reads an extended attribute of the entry at a path, without following a link. Returns 0 or an errno.</summary>
    public static int TryGetAttribute(string path, string attribute, out byte[] value)
    {
        var buffer = new byte[LongestAttribute];
        var length = lgetxattr(FileName.Encode(path, zeros: 1), FileName.Encode(attribute, zeros: 1), buffer, buffer.Length);
        value = length < 0 ? [] : buffer[..(int)length];
        return length < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public static bool TrySetAttribute(int descriptor, string attribute, byte[] value) =>
        fsetxattr(descriptor, FileName.Encode(attribute, zeros: 1), value, value.Length, 0) == 0;

    /// <summary>Sets the umask and returns the previous umask. The umask applies to all threads of the process.</summary>
    public static int SwapFileMask(int mask) => (int)umask((uint)mask);

    public static void Rename(int from, string name, int to, string newName) =>
        Check(renameat(from, FileName.Encode(name, zeros: 1), to, FileName.Encode(newName, zeros: 1)), name);

    public static void Unlink(int folder, string name, bool isFolder) =>
        Check(unlinkat(folder, FileName.Encode(name, zeros: 1), isFolder ? RemoveFolder : 0), name);

    /// <summary>Creates a folder. Returns false when an entry with this name exists.</summary>
    public static bool MakeFolder(int folder, string name)
    {
        // Mode 0777; the kernel clears the bits of the umask.
        const int mode = 0x1FF;
        if (mkdirat(folder, FileName.Encode(name, zeros: 1), mode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Exists ? false : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>
    /// Returns the names in a folder, and for each name whether the entry is a folder; null when the file system does not report
    /// the type. Closes the descriptor.
    /// </summary>
    public static IEnumerable<(string Name, bool? IsFolder)> Names(int descriptor)
    {
        // The layout of struct dirent on 64-bit Linux, in bytes: inode 8, offset 8, length 2, type 1, then the name.
        const int typeOffset = 18;
        const int nameOffset = 19;
        const byte folderType = 4;
        var stream = fdopendir(descriptor);
        if (stream == IntPtr.Zero)
        {
            var fault = Marshal.GetLastPInvokeError();
            Close(descriptor);
            throw Fault(fault, "");
        }

        try
        {
            while (readdir(stream) is var entry && entry != IntPtr.Zero)
            {
                var name = DecodeAt(entry + nameOffset);
                var type = Marshal.ReadByte(entry, typeOffset);
                if (name is not ("." or ".."))
                    yield return (name, type == 0 ? null : type == folderType);
            }
        }
        finally
        {
            _ = closedir(stream);
        }
    }

    /// <summary>Returns the exception that .NET uses for an errno.</summary>
    public static Exception Fault(int errno, string name) => errno switch
    {
        NoEntry => new FileNotFoundException($"There is no {FileName.Visible(name)}."),
        // The entry exists but cannot be read: it is a socket, or a device without a driver or a medium.
        NoDevice or NoSuchDevice or NoMedium => new FileNotFoundException($"There is no file behind {FileName.Visible(name)}."),
        NotDirectory or TooManyLinks => new DirectoryNotFoundException($"There is no folder for {FileName.Visible(name)}."),
        AccessDenied or NotPermitted => new UnauthorizedAccessException($"Access to {FileName.Visible(name)} is denied."),
        NameTooLong => new PathTooLongException($"{FileName.Visible(name)} is too long."),
        _ => new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: {FileName.Visible(name)}", errno),
    };

    public static bool Close(int descriptor)
    {
        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        return true;
    }

    private static bool Probe()
    {
        try
        {
            return statx(CurrentFolder, FileName.Encode("/", zeros: 1), 0, BasicStats, out _) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static void Check(int result, string name)
    {
        if (result != 0)
            throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    private static string DecodeAt(IntPtr text)
    {
        var length = 0;
        while (Marshal.ReadByte(text, length) != 0)
            length++;
        var bytes = new byte[length];
        Marshal.Copy(text, bytes, 0, length);
        return FileName.Decode(bytes);
    }

    private static FileStat From(in StatX stat)
    {
        var kind = (stat.Mode & 0xF000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.Link,
            _ => FileKind.Other,
        };
        return new FileStat(kind, FileVersion.Seen((long)stat.Size, From(stat.Modified), From(stat.Changed), DateTimeOffset.UtcNow));
    }

    private static UnixRights Rights(in StatX stat) => new(stat.Mode & 0xFFF, stat.Owner, stat.Group);

    private static int TryOpen(int folder, string path, int flags, ulong resolve, out int descriptor)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | CloseOnExec), Resolve = resolve };
        descriptor = (int)SystemCall(OpenAt2, folder, FileName.Encode(path, zeros: 1), ref how, Marshal.SizeOf<OpenHow>());
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static DateTimeOffset From(StatTime time)
    {
        // The kernel stores seconds in 64 bits. A time outside the range of .NET is replaced by the nearest time in the range.
        var seconds = Math.Clamp(time.Seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return new DateTimeOffset(Epoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100)), TimeSpan.Zero);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nint Address;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct StatTime
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;
    }

    // The layout of struct statx, which is the same on every architecture. The struct has 256 bytes; bytes without a field here
    // are not used.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatTime Changed;

        [FieldOffset(112)]
        public StatTime Modified;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long SystemCall(long number, int folder, byte[] path, ref OpenHow how, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int openat(int folder, byte[] name, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, byte[] name, int flags, uint mask, out StatX stat);

    [DllImport("libc", SetLastError = true)]
    private static extern nint preadv2(int file, ref IoVector pieces, int count, long position, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fstatvfs(int folder, [Out] ulong[] space);

    [DllImport("libc", SetLastError = true)]
    private static extern nint readlink(byte[] path, byte[] target, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int renameat(int from, byte[] name, int to, byte[] newName);

    [DllImport("libc", SetLastError = true)]
    private static extern int unlinkat(int folder, byte[] name, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int mkdirat(int folder, byte[] name, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int fchown(int file, uint owner, uint group);

    [DllImport("libc", SetLastError = true)]
    private static extern int fchmod(int file, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern nint lgetxattr(byte[] path, byte[] name, [Out] byte[] value, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsetxattr(int file, byte[] name, byte[] value, nint size, int flags);

    [DllImport("libc")]
    private static extern uint umask(uint mask);

    [DllImport("libc", SetLastError = true)]
    private static extern IntPtr fdopendir(int descriptor);

    [DllImport("libc")]
    private static extern IntPtr readdir(IntPtr stream);

    [DllImport("libc")]
    private static extern int closedir(IntPtr stream);
}
