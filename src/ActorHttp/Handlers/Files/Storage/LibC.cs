using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files.Storage;

/// <summary>
/// What we need of Linux that .NET does not have: names that are any bytes, opening without waiting (a named pipe would block
/// until somebody writes to it) and without following links, and folders by their handle. 64-bit Linux only.
/// </summary>
internal static class LibC
{
    public const int CurrentFolder = -100;
    public const int ReadOnly = 0;
    public const int ReadWrite = 0x2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NotDirectory = 20;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    private const int RemoveFolder = 0x200;
    private const int EmptyPath = 0x1000;
    private const int NoFollowLookup = 0x100;
    private const int NoWait = 0x8;

    // type, mode, size, mtime and ctime
    private const uint BasicStats = 0x7ff;
    private const long OpenAt2 = 437;
    private const ulong NoSymlinks = 0x04;
    private const ulong Cached = 0x20;

    // The one flag of these that differs between the architectures.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    public static readonly int OnlyFolders = IsArm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>Whether all of it is here: Linux, 64 bits, and a libc that has statx.</summary>
    public static bool IsUsable { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess && Probe();

    /// <summary>Whether the kernel can be told to follow no link at all on a path (openat2, Linux 5.6); some sandboxes forbid it.</summary>
    public static bool HasOpenAt2 { get; } = IsUsable && TryOpenWithoutLinks("/", PathOnly, out var root) == 0 && Close(root);

    /// <summary>Whether the kernel can be told to wait for no disk when it opens something (Linux 5.12).</summary>
    public static bool HasCachedOpen { get; } = HasOpenAt2 && TryOpenWithoutLinks("/", PathOnly, out var root, isCached: true) == 0 && Close(root);

    /// <summary>Opens an absolute path on which no name may be a link. Answers 0, or what went wrong.</summary>
    /// <param name="isCached">Only if all that it takes is in the system's memory; where that is not so the answer is EAGAIN.</param>
    public static int TryOpenWithoutLinks(string path, int flags, out int descriptor, bool isCached = false)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | CloseOnExec), Resolve = isCached ? NoSymlinks | Cached : NoSymlinks };
        descriptor = (int)SystemCall(OpenAt2, CurrentFolder, FileName.Encode(path, zeros: 1), ref how, Marshal.SizeOf<OpenHow>());
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Opens a name in a folder. Answers 0, or what went wrong.</summary>
    public static int TryOpenAt(int folder, string name, int flags, out int descriptor)
    {
        // rw for all, as far as the umask lets them.
        const int mode = 0x1B6;
        descriptor = openat(folder, FileName.Encode(name, zeros: 1), flags | CloseOnExec | NoFollow, mode);
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    public static FileStat Stat(int descriptor) =>
        statx(descriptor, [0], EmptyPath, BasicStats, out var stat) == 0 ? From(stat) : throw Fault(Marshal.GetLastPInvokeError(), "");

    /// <summary>What a name in a folder is; null when there is nothing.</summary>
    public static FileStat? StatAt(int folder, string name)
    {
        if (statx(folder, FileName.Encode(name, zeros: 1), NoFollowLookup, BasicStats, out var stat) == 0)
            return From(stat);
        return Marshal.GetLastPInvokeError() is NoEntry or NotDirectory ? null : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>
    /// Reads what is in the system's memory of a file, and waits for nothing. Answers how many bytes, 0 at the end; -1 where
    /// it would have to wait, and where it cannot be told or something is wrong: a read that waits will show what.
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
            // A libc of before 2016, or one that has left it out.
            return -1;
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>What we may still write to the file system of a folder, in bytes.</summary>
    public static long FreeSpace(int folder)
    {
        // struct statvfs of 64-bit Linux: block size, fragment size, and counts of fragments: all, free, free for us.
        var space = new ulong[16];
        Check(fstatvfs(folder, space), "");
        return (long)UInt128.Min((UInt128)space[1] * space[4], long.MaxValue);
    }

    /// <summary>Where a link leads; null for what is no link, or not there.</summary>
    public static string? ReadLink(string path)
    {
        var target = new byte[4096];
        var length = readlink(FileName.Encode(path, zeros: 1), target, target.Length);
        return length < 0 ? null : FileName.Decode(target.AsSpan(0, (int)length));
    }

    public static void Rename(int from, string name, int to, string newName) =>
        Check(renameat(from, FileName.Encode(name, zeros: 1), to, FileName.Encode(newName, zeros: 1)), name);

    public static void Unlink(int folder, string name, bool isFolder) =>
        Check(unlinkat(folder, FileName.Encode(name, zeros: 1), isFolder ? RemoveFolder : 0), name);

    /// <summary>Makes a folder; false when the name is taken.</summary>
    public static bool MakeFolder(int folder, string name)
    {
        // rwx for all, as far as the umask lets them.
        const int mode = 0x1FF;
        if (mkdirat(folder, FileName.Encode(name, zeros: 1), mode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Exists ? false : throw Fault(Marshal.GetLastPInvokeError(), name);
    }

    /// <summary>The names in a folder, whose descriptor is used up by it; and whether each is a folder, null where that must be looked up.</summary>
    public static IEnumerable<(string Name, bool? IsFolder)> Names(int descriptor)
    {
        // struct dirent of 64-bit Linux: inode 8, offset 8, length 2, type 1, then the name.
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

    /// <summary>The exception that says the same as .NET's own.</summary>
    public static Exception Fault(int errno, string name) => errno switch
    {
        NoEntry => new FileNotFoundException($"There is no {FileName.Visible(name)}."),
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

    private static DateTimeOffset From(StatTime time)
    {
        // A time that .NET has no date for (the kernel has seconds in 64 bits) is told as the nearest that it has.
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

    // The same on every architecture; the rest is for what is added to it some day.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatTime Changed;

        [FieldOffset(112)]
        public StatTime Modified;
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
    private static extern IntPtr fdopendir(int descriptor);

    [DllImport("libc")]
    private static extern IntPtr readdir(IntPtr stream);

    [DllImport("libc")]
    private static extern int closedir(IntPtr stream);
}
