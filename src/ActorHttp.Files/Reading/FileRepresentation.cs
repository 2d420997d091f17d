using System.Text.Unicode;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The bytes of the answer to a request for a file, and their header fields (RFC 9110 §8). The bytes come from the file, or from
/// a neighbour file that contains the same content in a content coding. Preconditions and ranges apply to these bytes, so that a
/// client never mixes bytes of the file and of the neighbour.
/// </summary>
internal sealed class FileRepresentation : IDisposable
{
    private FileRepresentation(
        SafeFileHandle handle, FileVersion version, EntityTag tag, ContentCoding coding, string mediaType, ReadOnlyMemory<byte> beginning)
    {
        Beginning = beginning;
        Handle = handle;
        Version = version;
        Tag = tag;
        Coding = coding;
        MediaType = mediaType;
    }

    public SafeFileHandle Handle { get; }

    public FileVersion Version { get; }

    public EntityTag Tag { get; }

    public ContentCoding Coding { get; }

    /// <summary>The first bytes of the file, when they have been read already; else empty.</summary>
    public ReadOnlyMemory<byte> Beginning { get; }

    /// <summary>The media type, with its charset when the charset is known.</summary>
    public string MediaType { get; }

    /// <summary>Chooses between an open file and its neighbour files. Closes the files that are not chosen.</summary>
    public static FileRepresentation Of(
        OpenedFile file,
        FilePath path,
        FileRoot root,
        FilePieces.ReadFile read,
        FileSettings settings,
        CodingSettings coding,
        string? acceptEncoding)
    {
        var type = MediaTypes.ForName(path.Name);
        var beginning = ReadOnlyMemory<byte>.Empty;
        try
        {
            if (settings.TellsCharset && MediaTypes.IsText(type))
            {
                beginning = ReadBeginning(file, read, settings.ChunkSize);
                if (IsText(beginning.Span, isWhole: beginning.Length == file.Stat.Version.Length))
                    type += "; charset=utf-8";
            }

            var neighbour = acceptEncoding is null || settings.Precompressed.Length == 0 || !coding.MediaTypes.Contains(type)
                ? null
                : OfNeighbour(file, path, root, settings.Precompressed, type, acceptEncoding);
            return neighbour
                ?? new FileRepresentation(file.Handle, file.Stat.Version, file.Stat.Version.Tag, ContentCoding.Identity, type, beginning);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The validators ETag and Last-Modified, which a 304 has too (RFC 9110 §15.4.5).</summary>
    public HttpHeaders Validators =>
        HttpHeaders.Of(("ETag", Tag.ToString()), ("Last-Modified", HttpDate.Format(Version.Date(DateTimeOffset.UtcNow))));

    public void Dispose() => Handle.Dispose();

    private static FileRepresentation? OfNeighbour(
        OpenedFile file, FilePath path, FileRoot root, ContentCoding[] codings, string type, string acceptEncoding)
    {
        // Tries the coding that the client prefers. When there is no neighbour file in that coding, tries the next coding. The
        // span left contains the codings that were not tried yet.
        Span<ContentCoding> left = [.. codings];
        while (AcceptEncoding.Select(acceptEncoding, left) is { } coding and not ContentCoding.Identity)
        {
            if (TryOpen(root, path.Sibling(path.Name + FileSettings.Suffix(coding))) is { } neighbour)
            {
                // Skips a neighbour that is older than the file, because the neighbour was made from an earlier version of the
                // file.
                if (neighbour.Stat.Kind == FileKind.File && neighbour.Stat.Version.Modified >= file.Stat.Version.Modified)
                {
                    file.Dispose();
                    var tag = file.Stat.Version.TagOf(neighbour.Stat.Version, coding);
                    return new(neighbour.Handle, neighbour.Stat.Version, tag, coding, type, default);
                }

                neighbour.Dispose();
            }

            var at = left.IndexOf(coding);
            left[(at + 1)..].CopyTo(left[at..]);
            left = left[..^1];
        }

        return null;
    }

    // Returns null for a neighbour that cannot be opened. The answer is then the file itself.
    private static OpenedFile? TryOpen(FileRoot root, FilePath path)
    {
        try
        {
            return root.Look(path) is { Kind: FileKind.File } ? root.Open(path) : null;
        }
        catch (Exception e) when (FileFault.Covers(e) && e is not WouldWaitException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> ReadBeginning(OpenedFile file, FilePieces.ReadFile read, int most)
    {
        var bytes = new byte[Math.Min(most, file.Stat.Version.Length)];
        return bytes.AsMemory(0, FilePieces.Read(file.Handle, bytes, 0, read));
    }

    // Whether the bytes are UTF-8. When they are only the beginning of the file, the last character may be incomplete. A
    // character has at most four bytes, so up to three bytes at the end are ignored.
    private static bool IsText(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        for (var cut = 0; cut <= (isWhole ? 0 : Math.Min(3, bytes.Length)); cut++)
        {
            if (Utf8.IsValid(bytes[..^cut]))
                return true;
        }

        return false;
    }
}
