using System.Buffers;
using System.Security.Cryptography;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>The rules for all uploads to a root.</summary>
/// <param name="FlushToDisk">Whether bytes, names, tickets and deletions are on the disk itself before they are answered.</param>
/// <param name="CreatesFolders">Whether missing folders on the way are created.</param>
/// <param name="MinFreeSpace">The space that uploads must leave on the disk, in bytes.</param>
internal sealed record UploadRules(bool FlushToDisk, bool CreatesFolders, long MinFreeSpace);

/// <summary>
/// An upload. The bytes go to a temporary file beside the target, and only a complete file takes the target's name. So readers see
/// the old bytes or the new ones, and an upload that fails leaves neither a part nor a folder. An upload with a ticket can be left,
/// and continued by its identifier.
/// </summary>
internal sealed partial class UploadFile(FileRoot root, string target, UploadRules rules) : IDisposable
{
    /// <summary>The beginning of the names of temporary files. No request can name such a file.</summary>
    public const string TemporaryPrefix = ".actor-http-upload-";

    // The number of hexadecimal digits.
    private const int IdLength = 32;
    private static readonly SearchValues<char> IdDigits = SearchValues.Create("0123456789abcdef");

    private readonly Dictionary<DigestAlgorithm, IncrementalHash> _hashes = [];
    private readonly Dictionary<DigestAlgorithm, byte[]> _whole = [];
    private (DigestAlgorithm Algorithm, FileDigest Digest)? _reading;
    private SafeFileHandle? _handle;
    private Folder? _folder;
    private string? _temporary;
    private long _begin;

    // The place of the folder while the upload is parked.
    private string? _parked;

    /// <summary>The path of the target, below the root.</summary>
    public string Target => Path.GetRelativePath(root.Place, target);

    /// <summary>The number of bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>The identifier by which the upload can be continued.</summary>
    public string? Id { get; private set; }

    public UploadTicket? Ticket { get; private set; }

    /// <summary>Whether the file has its name, or may have it because the disk has failed during the commit.</summary>
    public bool MayBeStored { get; private set; }

    /// <summary>
    /// Whether the disk has lost bytes. The system reports that only once: a later flush would succeed, and the bytes would still
    /// be lost. So the upload must not be continued.
    /// </summary>
    public bool HasLostBytes { get; private set; }

    /// <summary>Whether <see cref="Remove"/> has removed the upload. The disk may have failed after that.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Whether the text has the form of an identifier. The disk is not searched for other texts.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(IdDigits);

    /// <summary>Whether the name is reserved for temporary files. Case does not count, because some file systems ignore it.</summary>
    public static bool IsTemporary(string name) => name.StartsWith(TemporaryPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The name of the temporary file. It contains a digest of the identifier: the identifier gives the right to write, and a local
    /// user who lists the folder must not learn it.
    /// </summary>
    public static string TemporaryName(string id) =>
        TemporaryPrefix + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(id)));

    /// <summary>Whether a name in a folder is that of an upload, or of its ticket, that has not been written since a time.</summary>
    public static bool IsLeft(Folder folder, string name, DateTimeOffset then)
    {
        if (!name.StartsWith(TemporaryPrefix, StringComparison.Ordinal) || folder.Look(name) is not { Kind: FileKind.File } found)
            return false;

        // A ticket keeps the time at which its upload began, so the time of the bytes counts too. Earlier versions of the server had the
        // identifier itself in the name; these names are found in the same way.
        var data = name.IndexOf(TicketSuffix, StringComparison.Ordinal) is var end and >= 0 ? name[..end] : name;
        return found.Version.Modified < then && (data == name || folder.Look(data) is not { } bytes || bytes.Version.Modified < then);
    }

    /// <summary>Makes the identifier of an upload that is not open yet. It is random, because it gives the right to write.</summary>
    public string NewId() => Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>Creates the temporary file, in the deepest folder on the way to the target that exists.</summary>
    /// <param name="expectedLength">
    /// The length in bytes; null when it is not known. A disk without enough space is reported now and not at the end.
    /// </param>
    /// <param name="ticket">The ticket of an upload that can be continued; null for other uploads.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public void Open(long? expectedLength, UploadTicket? ticket = null)
    {
        _folder = root.OpenNearestFolder(Path.GetDirectoryName(target)!);
        if (!rules.CreatesFolders && !FileRoot.PlaceComparer.Equals(_folder.Place, Path.GetDirectoryName(target)!))
            throw new IOException("The folder does not exist.", FileFault.NoFolder);
        CheckSpace(expectedLength ?? 0);
        var id = Id ?? NewId();
        if (ticket is not null)
        {
            WriteTicket(id, ticket);
            Ticket = ticket;
        }

        // From here on there is a file to remove when the rest fails.
        _temporary = TemporaryName(id);
        _handle = _folder.Create(_temporary);

        // The client will be told that it can continue this upload, so the names must be on the disk.
        if (ticket is not null)
            FlushToRoot(_folder);
    }

    /// <summary>
    /// Opens an interrupted upload again. Returns false when the file of this upload has no upload with this identifier.
    /// </summary>
    /// <exception cref="IOException">The upload exists, but it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system denies access to the upload.</exception>
    public bool Resume(string id)
    {
        var name = TemporaryName(id);

        // The upload was begun in the deepest folder that existed then. Deeper folders may have been created since.
        for (var place = Path.GetDirectoryName(target); place is not null && root.Contains(place); place = Path.GetDirectoryName(place))
        {
            var folder = root.OpenFolder(place);
            if (folder?.Look(name) is { Kind: FileKind.File } && ReadTicket(folder, name) is { } ticket && ticket.Target == Target)
            {
                (_folder, Id, Ticket) = (folder, id, ticket);
                _handle = folder.Open(name);
                _temporary = name;
                Length = _begin = RandomAccess.GetLength(_handle);
                return true;
            }

            folder?.Dispose();
        }

        return false;
    }

    /// <summary>Checks that the disk has room for this many more bytes.</summary>
    /// <exception cref="IOException">The disk has not (<see cref="FileFault.NoSpace"/>).</exception>
    public void CheckSpace(long wanted)
    {
        if ((wanted > 0 || rules.MinFreeSpace > 0) && _folder!.FreeSpace - rules.MinFreeSpace < wanted)
            throw new IOException("The disk is full.", FileFault.NoSpace);
    }

    /// <summary>Begins a digest of the bytes that are appended from now on.</summary>
    public void Digest(DigestAlgorithm algorithm) =>
        _hashes.TryAdd(algorithm, IncrementalHash.CreateHash(FileDigest.NameOf(algorithm)));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (rules.MinFreeSpace > 0)
            CheckSpace(bytes.Length);
        RandomAccess.Write(_handle!, bytes, Length);
        Length += bytes.Length;
        foreach (var hash in _hashes.Values)
            hash.AppendData(bytes);
    }

    /// <summary>The digest of the bytes that this object has appended.</summary>
    public byte[] ContentDigest(DigestAlgorithm algorithm) => _hashes[algorithm].GetCurrentHash();

    /// <summary>
    /// Whether the digest of all bytes is known. The bytes of earlier requests have to be read for it (<see cref="DigestWhole"/>).
    /// </summary>
    public bool HasWholeDigest(DigestAlgorithm algorithm) => IsRunningFromStart(algorithm) || _whole.ContainsKey(algorithm);

    /// <summary>
    /// Reads the next part for the digest of all bytes. Call it until <see cref="HasWholeDigest"/>: a large file takes seconds.
    /// </summary>
    public void DigestWhole(DigestAlgorithm algorithm)
    {
        _reading ??= (algorithm, new FileDigest(_handle!, Length, algorithm));
        if (_reading.Value.Digest.Step() is not { } digest)
            return;
        _whole[_reading.Value.Algorithm] = digest;
        _reading.Value.Digest.Dispose();
        _reading = null;
    }

    /// <summary>The digest of all bytes.</summary>
    public byte[] WholeDigest(DigestAlgorithm algorithm) =>
        IsRunningFromStart(algorithm) ? _hashes[algorithm].GetCurrentHash() : _whole[algorithm];

    /// <summary>Removes the bytes that this object has appended, because they are not those that the client sent.</summary>
    public void TakeBack()
    {
        RandomAccess.SetLength(_handle!, _begin);
        Length = _begin;
        Flush();
    }

    /// <summary>Waits until the bytes are on the disk itself, when the rules demand that. A parked upload is parked again.</summary>
    public void Flush()
    {
        if (!rules.FlushToDisk)
            return;
        var wasParked = Unpark();
        if (wasParked)
            _handle = _folder!.Open(_temporary!);
        try
        {
            DiskFlush.Of(_handle!, Target);
        }
        catch (IOException)
        {
            HasLostBytes = true;
            throw;
        }

        if (wasParked)
            Park();
    }

    /// <summary>
    /// Closes the descriptors until the upload is committed or discarded, so that the files of a form do not use up the descriptors of the
    /// process.
    /// </summary>
    public void Park()
    {
        _parked = _folder!.Place;
        _handle!.Dispose();
        _folder.Dispose();
    }

    /// <summary>Removes an upload that was left, and its ticket.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public void Remove()
    {
        if (rules.FlushToDisk)
            _folder!.PrepareFlush();
        _handle?.Dispose();
        _folder!.DeleteFile(_temporary!);
        _temporary = null;
        RemoveTicket();
        IsRemoved = true;
        if (rules.FlushToDisk)
            _folder.Flush();
    }

    /// <summary>Closes the upload and leaves its bytes, so that it can be continued.</summary>
    public void Leave()
    {
        _temporary = null;
        Dispose();
    }

    /// <summary>
    /// Removes bytes that were not committed. Returns why a part stays behind, for example because of changed rights; else null.
    /// </summary>
    public string? Discard()
    {
        _handle?.Dispose();
        try
        {
            if (_temporary is not null)
            {
                Unpark();
                DeleteTemporary(_temporary);
                RemoveTicket();
            }
        }
        catch (DirectoryNotFoundException)
        {
            // The folder has gone, and the file with it.
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return e.Message;
        }

        _temporary = null;
        return null;
    }

    public void Dispose()
    {
        Discard();
        _folder?.Dispose();
        foreach (var hash in _hashes.Values)
            hash.Dispose();
        _hashes.Clear();
        _reading?.Digest.Dispose();
        _reading = null;
    }

    private void DeleteTemporary(string name)
    {
        try
        {
            _folder!.DeleteFile(name);
        }
        catch (FileNotFoundException)
        {
            // The file was never created, or has gone.
        }
    }

    private void FlushToRoot(Folder folder)
    {
        if (!rules.FlushToDisk)
            return;
        folder.Flush();
        FlushAbove(folder.Place);
    }

    // Flushes the folders above a place, up to the root. Their names may be new: another upload, or a server that was killed, may
    // have created them without flushing them. Flushing a name that is on the disk already costs little.
    private void FlushAbove(string place)
    {
        while (!place.Equals(root.Place, StringComparison.Ordinal) && Path.GetDirectoryName(place) is { } above)
        {
            using (var folder = root.OpenFolder(above))
                folder?.Flush();
            place = above;
        }
    }

    private bool Unpark()
    {
        if (_parked is null)
            return false;
        _folder = root.OpenFolder(_parked) ?? throw new DirectoryNotFoundException("The folder of the upload has gone.");
        _parked = null;
        return true;
    }

    private bool IsRunningFromStart(DigestAlgorithm algorithm) => _begin == 0 && _hashes.ContainsKey(algorithm);
}
