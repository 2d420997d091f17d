using System.Buffers.Binary;
using System.Globalization;

namespace ActorHttp.Files.Storage;

/// <summary>The mode and the owners of a file.</summary>
/// <param name="Mode">The bits 07777.</param>
/// <param name="Owner">The user id.</param>
/// <param name="Group">The group id.</param>
internal readonly record struct UnixRights(int Mode, uint Owner, uint Group);

/// <summary>
/// Sets the rights of an uploaded file. A file that replaces another keeps the rights of the old file. A new file gets the rights that any
/// program's new file would get in its folder. Until then only the user of the server can open the file.
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

    /// <summary>Gives an open file the rights for a name in a folder.</summary>
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

    /// <summary>The mode of a file that replaces a file of this mode.</summary>
    /// <remarks>
    /// The bits setuid, setgid and sticky are not kept, because new bytes must not run with another user's rights; write(2) clears
    /// them too. When the group cannot be kept, neither the members of the new group nor those of the old one may do more than
    /// before.
    /// </remarks>
    internal static int Kept(int mode, bool keepsGroup)
    {
        var permissions = mode & Permissions;
        if (keepsGroup)
            return permissions;
        var shared = (permissions >> 3) & permissions & OtherBits;
        return (permissions & ~(GroupBits | OtherBits)) | (shared << 3) | shared;
    }

    /// <summary>The access list that the kernel makes of a folder's default list for a new file of mode 0666.</summary>
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

    // Changes the owner last: without privileges the mode of another user's file cannot be set.
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
            // With an access list, the group bits of the mode are its mask, which may be more than the group itself had.
            LibC.TryChangeMode(file, Kept(before.Mode, keepsGroup) & ~GroupBits);
        }

        if (now.Owner != before.Owner)
            LibC.TryChangeOwner(file, before.Owner, -1);
    }

    private static int TagAt(byte[] list, int entry) => BinaryPrimitives.ReadUInt16LittleEndian(list.AsSpan(entry));

    // Reads the umask from /proc (Linux 4.7). Older kernels only return it when it is set, so it is set for a moment; new files of other
    // threads are private in that moment.
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
            // /proc is not there.
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
