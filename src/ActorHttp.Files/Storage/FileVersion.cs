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

/// <summary>
/// The identity of a file, with the time of the last change of content or metadata. The identity does not depend on the name of
/// the file.
/// </summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Changed);

/// <summary>The kind and the version of a folder entry at one moment.</summary>
internal readonly record struct FileStat(FileKind Kind, FileVersion Version);

/// <summary>Identifies the bytes of a file at one moment.</summary>
/// <param name="Length">The length in bytes.</param>
/// <param name="Modified">The time of the last write, to 100 ns.</param>
/// <param name="IsSettled">
/// Whether a later write is sure to change <paramref name="Modified"/>. File systems take the time from a clock with a coarse
/// step (tick), on Linux 4 to 10 ms. Two writes in one tick give the file the same time.
/// </param>
/// <param name="IsDateSettled">Whether a later write is sure to change <paramref name="Modified"/> when it is rounded to seconds.</param>
internal readonly record struct FileVersion(long Length, DateTimeOffset Modified, bool IsSettled = true, bool IsDateSettled = true)
{
    // Twice the longest tick of a Linux kernel (HZ=100).
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // The step of file systems with coarse times. FAT stores times in steps of two seconds, and older file systems in whole
    // seconds.
    private static readonly TimeSpan CoarseTick = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The entity tag (RFC 9110 §8.8.1), made of the time of the last write and the length. The tag is weak while another process
    /// may still write in the same tick, and strong after that. The tag of an upload is strong at once, because the server does
    /// not write the file after the rename. <see cref="UploadFile.Commit"/> also sets a time of the last write that is later than
    /// the time of the replaced file. The set time differs from the time of the last change. The tag contains neither the inode
    /// nor the time of the last change. So two servers with copies of the same folder send the same tags.
    /// </summary>
    public EntityTag Tag => new(Opaque, IsWeak: !IsSettled);

    /// <summary>
    /// Returns the tag of the representation in a content coding. The coded bytes are in a neighbour file. The tag changes when
    /// the file or the neighbour changes.
    /// </summary>
    public EntityTag TagOf(FileVersion coded, ContentCoding coding) =>
        new($"{Opaque}-{coded.Opaque}-{coding.Token()}", IsWeak: !IsSettled || !coded.IsSettled);

    private string Opaque => string.Create(CultureInfo.InvariantCulture, $"{Modified.UtcTicks:x}-{Length:x}");

    /// <summary>
    /// Makes the version of a file whose metadata was read just now. After an ordinary write, the time of the last write equals
    /// the time of the last change. When the two times differ, a program has set the time of the last write. Another write in
    /// this tick would make both times equal and so change the version.
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

    /// <summary>Returns a time in whole seconds, the precision of an HTTP-date.</summary>
    public static long SecondOf(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <summary>
    /// Returns the value of <c>Last-Modified</c> for an answer at the time <paramref name="now"/>. The value is never later than
    /// <paramref name="now"/> (RFC 9110 §8.8.2.1). While another program may still write in the same second, the value is one
    /// second earlier. So two states of a file never have the same date (§8.8.2.2). A file with a time in the future gets the
    /// second before <paramref name="now"/>. §8.8.2.1 suggests the second of <paramref name="now"/>. But a later write in that
    /// second would have the same date, and curl -z would keep the old bytes.
    /// </summary>
    public DateTimeOffset Date(DateTimeOffset now)
    {
        // The time of an upload can be up to one second in the future (UploadFile.TimeAfter). The date <c>now</c> is safe for an
        // upload, because the replaced version was not sent with this date.
        if (Modified > now)
            return Modified - now > TimeSpan.FromSeconds(1) ? now.AddSeconds(-1) : now;
        return IsDateSettled || Modified < DateTimeOffset.UnixEpoch ? Modified : Modified.AddSeconds(-1);
    }

    /// <summary>
    /// Evaluates the preconditions of a request (RFC 9110 §13.2.2) against the version of a file; null means that there is no
    /// file.
    /// </summary>
    public static PreconditionOutcome Weigh(HttpHeaders headers, FileVersion? current) =>
        Weigh(headers, isRead: false, current?.Tag, current?.Modified, out _);

    /// <summary>
    /// Evaluates the preconditions of a request against a representation; a null tag means that there is no representation.
    /// </summary>
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
