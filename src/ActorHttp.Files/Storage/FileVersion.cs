using System.Globalization;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Storage;

/// <summary>The kind of an entry of a folder.</summary>
internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Other,
}

/// <summary>The identity of a file, which does not depend on its name, and the time of its last change.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Changed);

/// <summary>The kind and the version of an entry at one moment.</summary>
internal readonly record struct FileStat(FileKind Kind, FileVersion Version);

/// <summary>Identifies the bytes of a file at one moment.</summary>
/// <param name="Length">The length in bytes.</param>
/// <param name="Modified">The time of the last write, to 100 ns.</param>
/// <param name="IsSettled">
/// Whether a later write would change <paramref name="Modified"/>. The clock of a file system ticks, on Linux every 4 to 10 ms. A file that
/// was written in this tick can be written again in it, and then has the same time.
/// </param>
/// <param name="IsDateSettled">Whether a later write would change the second of <paramref name="Modified"/>.</param>
internal readonly record struct FileVersion(long Length, DateTimeOffset Modified, bool IsSettled = true, bool IsDateSettled = true)
{
    // Twice the longest tick of a Linux kernel (HZ=100).
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // FAT stores times in steps of two seconds, and older file systems in whole seconds.
    private static readonly TimeSpan CoarseTick = TimeSpan.FromSeconds(2);

    /// <summary>
    /// An entity tag (RFC 9110 §8.8.1), made of the time of the last write and the length. It is weak while another process may
    /// still write in the same tick, and strong after that. An upload has a strong tag at once: it is not written after it has its
    /// name, and its time is set to a value later than that of the file before it and different from the time of its own last
    /// change (<see cref="UploadFile.Commit"/>). The tag does not contain the inode and the change time, so that a copy of the
    /// folder behind another server has the same tags.
    /// </summary>
    public EntityTag Tag => new(Opaque, IsWeak: !IsSettled);

    /// <summary>The tag of a neighbour that holds these bytes in a coding. It changes when either of the two files changes.</summary>
    public EntityTag TagOf(FileVersion coded, ContentCoding coding) =>
        new($"{Opaque}-{coded.Opaque}-{coding.Token()}", IsWeak: !IsSettled || !coded.IsSettled);

    private string Opaque => string.Create(CultureInfo.InvariantCulture, $"{Modified.UtcTicks:x}-{Length:x}");

    /// <summary>
    /// Makes a version from the times of a file that was just looked at. After an ordinary write both times are equal. When they
    /// differ, the time of the last write was set by a program, and a write in this tick would make them equal again.
    /// </summary>
    public static FileVersion Seen(long length, DateTimeOffset modified, DateTimeOffset changed, DateTimeOffset now)
    {
        var isCoarse = modified.UtcTicks % TimeSpan.TicksPerSecond == 0;
        var tick = isCoarse ? CoarseTick : Tick;
        var isSettled = modified != changed || now - modified > tick || modified - now > tick;
        var isDateSettled = modified != changed
            || SecondOf(modified) > SecondOf(now)
            || SecondOf(now) - SecondOf(modified) >= (isCoarse ? 2 : 1);
        return new FileVersion(length, modified, isSettled, isDateSettled);
    }

    /// <summary>A time in whole seconds, which is the precision of an HTTP-date.</summary>
    public static long SecondOf(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <summary>
    /// The value of <c>Last-Modified</c> at a moment. It is never later than that moment (RFC 9110 §8.8.2.1). While another program
    /// may still write in the same second, the value is the second before, so that no client has two states of the file under one
    /// date (§8.8.2.2). A file with a time in the future also gets the second before. §8.8.2.1 suggests the second of the answer
    /// itself, but then a write in that second would have the same date, and curl -z would keep the old bytes.
    /// </summary>
    public DateTimeOffset Date(DateTimeOffset now)
    {
        // The time of an upload is up to a second ahead (UploadFile.TimeAfter). The version before it was not sent with this date.
        if (Modified > now)
            return Modified - now > TimeSpan.FromSeconds(1) ? now.AddSeconds(-1) : now;
        return IsDateSettled || Modified < DateTimeOffset.UnixEpoch ? Modified : Modified.AddSeconds(-1);
    }

    /// <summary>Evaluates the preconditions of a request (RFC 9110 §13.2.2) against a version; null means that there is no file.</summary>
    public static PreconditionOutcome Weigh(HttpHeaders headers, FileVersion? current) =>
        Weigh(headers, isRead: false, current?.Tag, current?.Modified, out _);

    /// <summary>Evaluates the preconditions of a request against a representation; without a tag there is none.</summary>
    public static PreconditionOutcome Weigh(
        HttpHeaders headers, bool isRead, EntityTag? tag, DateTimeOffset? modified, out EntityTag matched)
    {
        var fields = new PreconditionFields(
            IfMatch: headers["If-Match"],
            IfNoneMatch: headers["If-None-Match"],
            IfModifiedSince: headers["If-Modified-Since"],
            IfUnmodifiedSince: headers["If-Unmodified-Since"],
            IfRange: headers["If-Range"]);
        matched = default;
        return fields.IsEmpty
            ? PreconditionOutcome.Proceed
            : Preconditions.Evaluate(fields, isRead, tag, modified, out matched, DateTimeOffset.UtcNow);
    }
}
