using System.Text.Unicode;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Reading;

/// <summary>
/// The bytes that a request for a file gets, and their fields (RFC 9110 §8). They are the bytes of the file, or of a neighbour that
/// holds the file in a coding. Conditions and ranges are about these bytes, so that bytes of both are never mixed.
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

    /// <summary>The first bytes, when they have been read already; else empty.</summary>
    public ReadOnlyMemory<byte> Beginning { get; }

    /// <summary>The media type, with its charset where that is known.</summary>
    public string MediaType { get; }

    /// <summary>Chooses between an open file and its neighbours. Closes the files that it does not choose.</summary>
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

    /// <summary>The validators: ETag and Last-Modified. A 304 has them too (RFC 9110 §15.4.5).</summary>
    public HttpHeaders Validators =>
        HttpHeaders.Of(("ETag", Tag.ToString()), ("Last-Modified", HttpDate.Format(Version.Date(DateTimeOffset.UtcNow))));

    public void Dispose() => Handle.Dispose();

    private static FileRepresentation? OfNeighbour(
        OpenedFile file, FilePath path, FileRoot root, ContentCoding[] codings, string type, string acceptEncoding)
    {
        // Tries the coding that the client prefers first. When there is no neighbour in it, tries the next one.
        Span<ContentCoding> left = [.. codings];
        while (AcceptEncoding.Select(acceptEncoding, left) is { } coding and not ContentCoding.Identity)
        {
            if (TryOpen(root, path.Sibling(path.Name + FileSettings.Suffix(coding))) is { } neighbour)
            {
                // A neighbour that is older than the file was made of an earlier version.
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

    // A neighbour that cannot be opened counts as absent, because the file itself can be sent.
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

    // A piece may end inside a character, which has at most four bytes. The incomplete character is left out.
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
