using System.Text.Unicode;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// Which bytes a request for a file gets: those of the file, or of a neighbour that holds it in a coding; and what is to be
/// said of them (RFC 9110 §8). Conditions and ranges are about these bytes, so that none are ever mixed with the others.
/// </summary>
internal sealed class FileRepresentation : IDisposable
{
    private FileRepresentation(SafeFileHandle handle, FileVersion version, EntityTag tag, ContentCoding coding, string mediaType, ReadOnlyMemory<byte> beginning)
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

    /// <summary>What has been read of the bytes already; maybe nothing.</summary>
    public ReadOnlyMemory<byte> Beginning { get; }

    /// <summary>With its charset, where that is known.</summary>
    public string MediaType { get; }

    /// <summary>Chooses between a file, which is open, and its neighbours. Whatever it does not keep it closes.</summary>
    public static FileRepresentation Of(
        OpenedFile file, FilePath path, FileRoot root, FilePieces.ReadFile read, FileSettings settings, CodingSettings coding, string? acceptEncoding)
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

    /// <summary>The fields of an answer that says what the bytes are, a 304 too (RFC 9110 §15.4.5).</summary>
    public HttpHeaders Validators =>
        HttpHeaders.Of(("ETag", Tag.ToString()), ("Last-Modified", HttpDate.Format(Version.Date(DateTimeOffset.UtcNow))));

    public void Dispose() => Handle.Dispose();

    private static FileRepresentation? OfNeighbour(
        OpenedFile file, FilePath path, FileRoot root, ContentCoding[] codings, string type, string acceptEncoding)
    {
        // By what the client likes best among those that there are: to find one that it likes better there may be none.
        Span<ContentCoding> left = [.. codings];
        while (AcceptEncoding.Select(acceptEncoding, left) is { } coding and not ContentCoding.Identity)
        {
            if (TryOpen(root, path.Sibling(path.Name + FileSettings.Suffix(coding))) is { } neighbour)
            {
                // A neighbour that is older than the file is of a file that is no more.
                if (neighbour.Stat.Kind == FileKind.File && neighbour.Stat.Version.Modified >= file.Stat.Version.Modified)
                {
                    file.Dispose();
                    return new(neighbour.Handle, neighbour.Stat.Version, file.Stat.Version.TagOf(neighbour.Stat.Version, coding), coding, type, default);
                }

                neighbour.Dispose();
            }

            var at = left.IndexOf(coding);
            left[(at + 1)..].CopyTo(left[at..]);
            left = left[..^1];
        }

        return null;
    }

    // A neighbour that cannot be had is none: the file itself can.
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

    // Where a piece ends inside a character, it is about the whole ones: one has four bytes at the most.
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
