using System.Buffers.Binary;
using System.Globalization;

namespace ActorHttp.Files.Storage;

/// <summary>The mode, the owner and the group of a file.</summary>
/// <param name="Mode">The mode bits 07777.</param>
/// <param name="Owner">The user id.</param>
/// <param name="Group">The group id.</param>
internal readonly record struct UnixRights(int Mode, uint Owner, uint Group);

/// <summary>
/// Sets the access rights of an uploaded file. A file that replaces an old file gets the rights of the old file. Another file
/// gets the rights of any new file in its folder. Before that, only the user of the server process can open the uploaded file.
/// </summary>
internal static class FileRights
{
    private const int Everybody = 0x1B6;
    private const int Permissions = 0x1FF;
    private const int GroupBits = 0x38;
    private const int OtherBits = 0x7;
    private const string AccessList = "system.posix_acl_access";
    private const string DefaultList = "system.posix_acl_default";

    // The layout of struct posix_acl_xattr: a version (4 bytes), then entries of tag (2 bytes), permissions (2) and id (4).
    private const int ListHeader = 4;
    private const int ListEntry = 8;
    private const int OwnerTag = 0x01;
    private const int GroupTag = 0x04;
    private const int MaskTag = 0x10;
    private const int OtherTag = 0x20;

    private static readonly Lazy<int> Mask = new(ReadMask);

    /// <summary>Sets the rights of an open file, for the name that the file will have in a folder.</summary>
    /// <param name="file">The descriptor of the file.</param>
    /// <param name="folder">The descriptor of the folder.</param>
    /// <param name="name">The name that the file will have.</param>
    public static void Give(int file, int folder, string name)
    {
        if (LibC.RightsAt(folder, name) is { } before)
            Keep(file, before, $"/proc/self/fd/{folder}/{name}");
        else if (LibC.TryGetAttribute($"/proc/self/fd/{folder}/.", DefaultList, out var defaults) == 0)
            LibC.TrySetAttribute(file, AccessList, OfNewFile(defaults));
        else
            LibC.TryChangeMode(file, Everybody & ~Mask.Value);
    }

    /// <summary>Returns the mode for a new file that replaces an old file with the given mode.</summary>
    /// <remarks>
    /// The bits setuid, setgid and sticky are cleared, because the new bytes must not run with the rights of another user;
    /// write(2) clears these bits too. When the group of the old file cannot be kept, the group bits and the other bits become
    /// the rights that both had. So no member of the old or the new group gets more rights than before.
    /// </remarks>
    internal static int Kept(int mode, bool keepsGroup)
    {
        var permissions = mode & Permissions;
        if (keepsGroup)
            return permissions;
        var shared = (permissions >> 3) & permissions & OtherBits;
        return (permissions & ~(GroupBits | OtherBits)) | (shared << 3) | shared;
    }

    /// <summary>
    /// Returns the access list that the kernel would give to a new file of mode 0666 in a folder with this default list.
    /// </summary>
    internal static byte[] OfNewFile(byte[] defaults)
    {
        byte[] list = [.. defaults];
        var entries = Enumerable.Range(0, (list.Length - ListHeader) / ListEntry).Select(i => ListHeader + (i * ListEntry)).ToArray();
        var hasMask = entries.Any(entry => TagAt(list, entry) == MaskTag);
        foreach (var entry in entries)
        {
            if (TagAt(list, entry) is var tag && (tag is OwnerTag or OtherTag || tag == (hasMask ? MaskTag : GroupTag)))
                list[entry + 2] &= 6;
        }

        return list;
    }

    // Changes the owner last: afterwards the file belongs to another user, and an unprivileged process cannot set the mode of
    // such a file.
    private static void Keep(int file, UnixRights before, string place)
    {
        var now = LibC.RightsOf(file);
        var keepsGroup = now.Group == before.Group || LibC.TryChangeOwner(file, -1, before.Group);
        var fault = LibC.TryGetAttribute(place, AccessList, out var list);
        if (fault is LibC.NoAttribute or LibC.NotSupported)
        {
            LibC.TryChangeMode(file, Kept(before.Mode, keepsGroup));
        }
        else if (fault != 0 || !keepsGroup || !LibC.TrySetAttribute(file, AccessList, list))
        {
            // Clears the group bits, because the old file has an access list, or may have one. With an access list, the group
            // bits of the mode are the mask of the list. The mask may permit more than the entry of the group.
            LibC.TryChangeMode(file, Kept(before.Mode, keepsGroup) & ~GroupBits);
        }

        if (now.Owner != before.Owner)
            LibC.TryChangeOwner(file, before.Owner, -1);
    }

    private static int TagAt(byte[] list, int entry) => BinaryPrimitives.ReadUInt16LittleEndian(list.AsSpan(entry));

    // Reads the umask from /proc (Linux 4.7). An older kernel returns the umask only when a process sets a new one. So the umask
    // is set to private for a moment, and files that other threads create in that moment are private.
    private static int ReadMask()
    {
        const string name = "Umask:";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith(name, StringComparison.Ordinal))
                    return ParseOctal(line.AsSpan(name.Length).Trim());
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // /proc is not mounted. The code below reads the umask in the old way.
        }

        var mask = LibC.SwapFileMask(GroupBits | OtherBits);
        LibC.SwapFileMask(mask);
        return mask;
    }

    private static int ParseOctal(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
            number = (number << 3) | int.Parse([digit], NumberStyles.None, CultureInfo.InvariantCulture);
        return number;
    }
}
