using System.Globalization;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Storage;

/// <summary>What there is at a place.</summary>
internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Other,
}

/// <summary>Which file something is, whatever its name is, and when it was last changed.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Changed);

/// <summary>What there is at a place at one moment.</summary>
internal readonly record struct FileStat(FileKind Kind, FileVersion Version);

/// <summary>What identifies the bytes of a file at one moment.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Modified">When it was last written to, to 100 ns.</param>
/// <param name="IsSettled">
/// Whether a later write would show in <paramref name="Modified"/>. The clock of a file system ticks, every 4 to 10 ms under
/// Linux: a file that was written in this tick can be written once more, and look the same.
/// </param>
/// <param name="IsDateSettled">Whether a later write would show in the second of <paramref name="Modified"/>.</param>
internal readonly record struct FileVersion(long Length, DateTimeOffset Modified, bool IsSettled = true, bool IsDateSettled = true)
{
    // Twice the longest tick of a Linux kernel (HZ=100).
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // FAT has seconds in steps of two, and older file systems have whole ones.
    private static readonly TimeSpan CoarseTick = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A tag (RFC 9110 §8.8.1) of the time of the last write and the length. It is strong but while another process may still
    /// be writing in the same tick. Our own writes are strong at once: an upload is never written to after it has its name,
    /// and its time is set by the precise clock, always beyond that of the file before it and never that of its own last change
    /// (<see cref="UploadFile.Commit"/>).
    /// Not of the inode and the change time: a copy of the folder behind another server should have the same tags.
    /// </summary>
    public EntityTag Tag => new(Opaque, IsWeak: !IsSettled);

    /// <summary>The tag of a neighbour that holds these bytes in a coding: it is another when either of the two changes.</summary>
    public EntityTag TagOf(FileVersion coded, ContentCoding coding) =>
        new($"{Opaque}-{coded.Opaque}-{coding.Token()}", IsWeak: !IsSettled || !coded.IsSettled);

    private string Opaque => string.Create(CultureInfo.InvariantCulture, $"{Modified.UtcTicks:x}-{Length:x}");

    /// <summary>
    /// A version that was just looked at. What has been written to has the time of that write as both its times; where they
    /// differ, the time of the write was set, which a write in this tick would undo.
    /// </summary>
    public static FileVersion Seen(long length, DateTimeOffset modified, DateTimeOffset changed, DateTimeOffset now)
    {
        var isCoarse = modified.UtcTicks % TimeSpan.TicksPerSecond == 0;
        var tick = isCoarse ? CoarseTick : Tick;
        var isSettled = modified != changed || now - modified > tick || modified - now > tick;
        var isDateSettled = modified != changed || SecondOf(modified) > SecondOf(now) || SecondOf(now) - SecondOf(modified) >= (isCoarse ? 2 : 1);
        return new FileVersion(length, modified, isSettled, isDateSettled);
    }

    /// <summary>A time in whole seconds, which is all that an HTTP-date tells.</summary>
    public static long SecondOf(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <summary>
    /// What <c>Last-Modified</c> says at a moment: never a later time (RFC 9110 §8.8.2.1). While another program may still
    /// write in the same second, it is the second before: that one is over, so no client can hold two states under one date
    /// (§8.8.2.2). For the same reason it is the second before for a file of the future. §8.8.2.1 names the second of the answer
    /// itself; a write in that second would then have the same date, and curl -z would keep the old bytes.
    /// </summary>
    public DateTimeOffset Date(DateTimeOffset now)
    {
        // An upload of ours is up to a second ahead (UploadFile.TimeAfter), and the version before it was not sent with this date.
        if (Modified > now)
            return Modified - now > TimeSpan.FromSeconds(1) ? now.AddSeconds(-1) : now;
        return IsDateSettled || Modified < DateTimeOffset.UnixEpoch ? Modified : Modified.AddSeconds(-1);
    }

    /// <summary>Weighs the conditions of a request (RFC 9110 §13.2.2) against a version; null is no file.</summary>
    public static PreconditionOutcome Weigh(HttpHeaders headers, FileVersion? current) =>
        Weigh(headers, isRead: false, current?.Tag, current?.Modified, out _);

    /// <summary>The same against a representation of one; no tag is none.</summary>
    public static PreconditionOutcome Weigh(HttpHeaders headers, bool isRead, EntityTag? tag, DateTimeOffset? modified, out EntityTag matched)
    {
        var fields = new PreconditionFields(
            headers["If-Match"], headers["If-None-Match"], headers["If-Modified-Since"], headers["If-Unmodified-Since"], headers["If-Range"]);
        matched = default;
        return fields.IsEmpty ? PreconditionOutcome.Proceed : Preconditions.Evaluate(fields, isRead, tag, modified, out matched, DateTimeOffset.UtcNow);
    }
}
