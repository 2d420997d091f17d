using System.Runtime.InteropServices;
using ActorHttp.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The system calls of 64-bit Linux that .NET does not have: names that are any bytes, opening without waiting (a named pipe would
/// block until a writer comes) and without following links, and folders by their descriptor.
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

    // The mask of statx: type, mode, size, mtime and ctime.
    private const uint BasicStats = 0x7ff;
    private const long OpenAt2 = 437;
    private const ulong NoSymlinks = 0x04;
    private const ulong Beneath = 0x08;
    private const ulong Cached = 0x20;

    // The only flag here that differs between the architectures.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    public static readonly int OnlyFolders = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>Whether these calls can be used: Linux, 64 bits, and a libc with statx.</summary>
    public static bool IsUsable { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess && Probe();

    /// <summary>
    /// Whether the kernel can open a path without following any link (openat2, Linux 5.6). Some sandboxes forbid the call.
    /// </summary>
    public static bool HasOpenAt2 { get; } = IsUsable && TryOpenWithoutLinks("/", PathOnly, out var root) == 0 && Close(root);

    /// <summary>Whether the kernel can open a path without waiting for a disk (Linux 5.12).</summary>
    public static bool HasCachedOpen { get; } =
        HasOpenAt2 && TryOpenWithoutLinks("/", PathOnly, out var root, isCached: true) == 0 && Close(root);

    /// <summary>Opens an absolute path on which no name may be a link. Returns 0 or an errno.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">The flags of open(2).</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="isCached">Whether the call must not wait: it returns EAGAIN when the needed data is not in memory.</param>
    public static int TryOpenWithoutLinks(string path, int flags, out int descriptor, bool isCached = false) =>
        TryOpen(CurrentFolder, path, flags, isCached ? NoSymlinks | Cached : NoSymlinks, out descriptor);

    /// <summary>Opens a folder, following links, without waiting for a disk. Returns 0 or an errno.</summary>
    public static int TryOpenCachedFolder(string path, out int descriptor) =>
        TryOpen(CurrentFolder, path, PathOnly | OnlyFolders, Cached, out descriptor);

    /// <summary>Opens a path below a folder without waiting for a disk. No name on the path may be a link. Returns 0 or an errno.</summary>
    public static int TryOpenCachedBelow(int folder, string path, int flags, out int descriptor) =>
        TryOpen(folder, path, flags, Beneath | NoSymlinks | Cached, out descriptor);

    /// <summary>Opens a name in a folder. Returns 0 or an errno.</summary>
    public static int TryOpenAt(int folder, string name, int flags, out int descriptor)
    {
        // Mode 0600: only this user can open a new file. FileRights sets other rights when the file is complete.
        const int mode = 0x180;
        descriptor = openat(folder, FileName.Encode(name, zeros: 1), flags | CloseOnExec | NoFollow, mode);
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    public static FileStat Stat(int descriptor) =>
        statx(descriptor, [0], EmptyPath, BasicStats, out var stat) == 0 ? From(stat) : throw Fault(Marshal.GetLastPInvokeError(), "");

    /// <summary>The identity of a file and the time of its last change; default where the system does not tell it.</summary>
    public static FileIdentity IdentityOf(SafeFileHandle file) =>
        IsUsable && statx((int)file.DangerousGetHandle(), [0], EmptyPath, BasicStats, out var stat) == 0
            ? new FileIdentity(((ulong)stat.DeviceMajor << 32) | stat.DeviceMinor, stat.Inode, From(stat.Changed).UtcTicks)
            : default;

    /// <summary>The entry of a name in a folder, without following a link; null when there is none.</summary>
    public static FileStat? StatAt(int folder, string name)
    {
        if (statx(folder, FileName.Encode(name, zeros: 1), NoFollowLookup, BasicStats, out var stat) == 0)
            return From(stat);
        return Marshal.GetLastPInvokeError() is NoEntry or NotDirectory ? null : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>
    /// Reads from what the system has in memory of a file, without waiting. Returns the number of bytes: 0 at the end of the file,
    /// -1 where it would have to wait, and -1 for a fault. A read that waits reports the fault then.
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
            // The libc is older than 2016, or does not have the call.
            return -1;
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>The free space of the file system of a folder for this process, in bytes.</summary>
    public static long FreeSpace(int folder)
    {
        // struct statvfs of 64-bit Linux: block size, fragment size, and numbers of fragments: all, free, free for unprivileged users.
        var space = new ulong[16];
        Check(fstatvfs(folder, space), "");
        return (long)UInt128.Min((UInt128)space[1] * space[4], long.MaxValue);
    }

    /// <summary>The target of a link; null for an entry that is no link, or not there.</summary>
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

    /// <summary>The rights of an open file.</summary>
    public static UnixRights RightsOf(int descriptor) =>
        statx(descriptor, [0], EmptyPath, BasicStats, out var stat) == 0 ? Rights(stat) : throw Fault(Marshal.GetLastPInvokeError(), "");

    /// <summary>The rights of the regular file of a name in a folder; null when there is none.</summary>
    public static UnixRights? RightsAt(int folder, string name) =>
        statx(folder, FileName.Encode(name, zeros: 1), NoFollowLookup, BasicStats, out var stat) == 0 && From(stat).Kind == FileKind.File
            ? Rights(stat)
            : null;

    /// <summary>Changes the owner and the group of an open file; -1 leaves one unchanged. Returns whether that was permitted.</summary>
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

    /// <summary>Sets the umask and returns the previous one. Other threads see the new one.</summary>
    public static int SwapFileMask(int mask) => (int)umask((uint)mask);

    public static void Rename(int from, string name, int to, string newName) =>
        Check(renameat(from, FileName.Encode(name, zeros: 1), to, FileName.Encode(newName, zeros: 1)), name);

    public static void Unlink(int folder, string name, bool isFolder) =>
        Check(unlinkat(folder, FileName.Encode(name, zeros: 1), isFolder ? RemoveFolder : 0), name);

    /// <summary>Creates a folder. Returns false when the name is taken.</summary>
    public static bool MakeFolder(int folder, string name)
    {
        // Mode 0777, which the umask reduces.
        const int mode = 0x1FF;
        if (mkdirat(folder, FileName.Encode(name, zeros: 1), mode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Exists ? false : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>
    /// The names in a folder, and whether each is a folder; null where the file system does not tell. Closes the descriptor.
    /// </summary>
    public static IEnumerable<(string Name, bool? IsFolder)> Names(int descriptor)
    {
        // struct dirent of 64-bit Linux, in bytes: inode 8, offset 8, length 2, type 1, then the name.
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

    /// <summary>The exception for an errno, of the type that .NET uses for it.</summary>
    public static Exception Fault(int errno, string name) => errno switch
    {
        NoEntry => new FileNotFoundException($"There is no {FileName.Visible(name)}."),
        // A socket, or a device without a driver or a medium: the entry is there, but cannot be read.
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
        // The kernel has 64-bit seconds. A time beyond the range of .NET becomes the nearest one in it.
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

    // The layout is the same on every architecture. The rest of the 256 bytes is reserved.
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
