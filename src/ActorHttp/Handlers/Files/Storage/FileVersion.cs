using System.Globalization;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>What identifies the bytes of a file at one moment.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Modified">When it was last written to.</param>
internal readonly record struct FileVersion(long Length, DateTimeOffset Modified)
{
    /// <summary>
    /// A strong tag (RFC 9110 §8.8.1) of the time of the last write, in the file system's finest steps, and the length. Our
    /// own writes replace a file by another with a time of its own, which differs where those steps are finer than two writes.
    /// </summary>
    public EntityTag Tag => new(string.Create(CultureInfo.InvariantCulture, $"{Modified.UtcTicks:x}-{Length:x}"), IsWeak: false);

    public static FileVersion Of(SafeFileHandle handle) =>
        new(RandomAccess.GetLength(handle), new DateTimeOffset(File.GetLastWriteTimeUtc(handle), TimeSpan.Zero));

    /// <summary>The version at a path; null when there is no file.</summary>
    public static FileVersion? At(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileVersion(file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)) : null;
    }

    /// <summary>Weighs the conditions of a request (RFC 9110 §13.2.2) against a version; null is no file.</summary>
    public static PreconditionOutcome Weigh(HttpHeaders headers, bool isRead, FileVersion? current, out EntityTag matched)
    {
        var fields = new PreconditionFields(
            headers["If-Match"], headers["If-None-Match"], headers["If-Modified-Since"], headers["If-Unmodified-Since"], headers["If-Range"]);
        matched = default;
        return fields.IsEmpty
            ? PreconditionOutcome.Proceed
            : Preconditions.Evaluate(fields, isRead, current?.Tag, current?.Modified, out matched);
    }
}
