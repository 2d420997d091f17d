using System.Buffers;
using System.Security.Cryptography;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>The settings for all uploads to a root.</summary>
/// <param name="FlushToDisk">Whether the server answers only after the bytes, names, tickets and deletions are on the disk.</param>
/// <param name="CreatesFolders">Whether an upload creates the missing parent folders of its target.</param>
/// <param name="MinFreeSpace">The free space that an upload must leave on the disk, in bytes.</param>
internal sealed record UploadRules(bool FlushToDisk, bool CreatesFolders, long MinFreeSpace);

/// <summary>
/// An upload. The bytes go to a temporary file near the target, and a complete temporary file is renamed to the target. So a
/// reader finds the complete old bytes or the complete new bytes. A failed upload leaves no incomplete file and no new folder. An
/// interrupted upload that has a ticket can be continued with its identifier.
/// </summary>
internal sealed partial class UploadFile(FileRoot root, string target, UploadRules rules) : IDisposable
{
    /// <summary>The prefix of the names of temporary files. The server refuses request paths that contain such a name.</summary>
    public const string TemporaryPrefix = ".actor-http-upload-";

    // The length of an identifier, in hexadecimal digits.
    private const int IdLength = 32;
    private static readonly SearchValues<char> IdDigits = SearchValues.Create("0123456789abcdef");

    private readonly Dictionary<DigestAlgorithm, IncrementalHash> _hashes = [];
    private readonly Dictionary<DigestAlgorithm, byte[]> _whole = [];
    private (DigestAlgorithm Algorithm, FileDigest Digest)? _reading;
    private SafeFileHandle? _handle;
    private Folder? _folder;
    private string? _temporary;
    private long _begin;

    // The place of the folder while the upload is parked (see Park); else null.
    private string? _parked;

    /// <summary>The path of the target, relative to the root.</summary>
    public string Target => Path.GetRelativePath(root.Place, target);

    /// <summary>The number of bytes that the upload has received.</summary>
    public long Length { get; private set; }

    /// <summary>The identifier with which a client can continue the upload.</summary>
    public string? Id { get; private set; }

    public UploadTicket? Ticket { get; private set; }

    /// <summary>
    /// Whether the file has been renamed to its target. Also true when the disk has failed during the commit, so that the result
    /// of the rename is unknown.
    /// </summary>
    public bool MayBeStored { get; private set; }

    /// <summary>
    /// Whether the disk has lost bytes of the upload. Such an upload must not be continued: the system reports the loss only
    /// once, so the next flush would succeed although bytes are missing.
    /// </summary>
    public bool HasLostBytes { get; private set; }

    /// <summary>Whether <see cref="Remove"/> has deleted the upload. True even when the flush after the deletion has failed.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Whether the text has the format of an identifier. For other texts the server does not search the disk.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(IdDigits);

    /// <summary>
    /// Whether the name is reserved for temporary files. The comparison ignores case, because some file systems ignore case.
    /// </summary>
    public static bool IsTemporary(string name) => name.StartsWith(TemporaryPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Returns the name of the temporary file for an identifier. The name contains a digest of the identifier instead of the
    /// identifier. The identifier gives the right to write, so a local user who lists the folder must not see the identifier.
    /// </summary>
    public static string TemporaryName(string id) =>
        TemporaryPrefix + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(id)));

    /// <summary>
    /// Whether a name in a folder is the temporary file or the ticket of an upload that was last written before the time
    /// <paramref name="then"/>.
    /// </summary>
    public static bool IsLeft(Folder folder, string name, DateTimeOffset then)
    {
        if (!name.StartsWith(TemporaryPrefix, StringComparison.Ordinal) || folder.Look(name) is not { Kind: FileKind.File } found)
            return false;

        // A ticket is written when its upload starts, and not again for each part of the body. So the ticket is old only if the
        // temporary file is old too. Earlier versions of the server used the identifier itself in the names. The code below also
        // accepts the names of those versions.
        var data = name.IndexOf(TicketSuffix, StringComparison.Ordinal) is var end and >= 0 ? name[..end] : name;
        return found.Version.Modified < then && (data == name || folder.Look(data) is not { } bytes || bytes.Version.Modified < then);
    }

    /// <summary>
    /// Creates the identifier of an upload that is not open yet. The identifier is random, because it gives the right to write.
    /// </summary>
    public string NewId() => Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>Creates the temporary file in the deepest existing parent folder of the target.</summary>
    /// <param name="expectedLength">
    /// The length of the upload in bytes; null when the length is not known. With a length, a lack of disk space is reported at
    /// the start of the upload.
    /// </param>
    /// <param name="ticket">The ticket of an upload that the client can continue later; null for other uploads.</param>
    /// <exception cref="IOException">The temporary file cannot be created, or the disk has too little space.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit to create the temporary file.</exception>
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

        // Sets the name before the file is created, so that Discard deletes the file when one of the next steps fails.
        _temporary = TemporaryName(id);
        _handle = _folder.Create(_temporary);

        // Flushes the names of the ticket and of the temporary file. The answer will tell the client that the upload can be
        // continued, so both files must survive a power failure.
        if (ticket is not null)
            FlushToRoot(_folder);
    }

    /// <summary>Opens an interrupted upload again. Returns false when the target has no upload with this identifier.</summary>
    /// <exception cref="IOException">The upload exists, but it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system denies access to the upload.</exception>
    public bool Resume(string id)
    {
        var name = TemporaryName(id);

        // Searches all parent folders, from the deepest one up. The temporary file is in the folder that was the deepest at the
        // start of the upload. Deeper folders may have been created since.
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

    /// <summary>Checks that the disk has space for the given number of bytes.</summary>
    /// <exception cref="IOException">The disk has too little space (<see cref="FileFault.NoSpace"/>).</exception>
    public void CheckSpace(long wanted)
    {
        if ((wanted > 0 || rules.MinFreeSpace > 0) && _folder!.FreeSpace - rules.MinFreeSpace < wanted)
            throw new IOException("The disk is full.", FileFault.NoSpace);
    }

    /// <summary>Starts to compute a digest of all bytes that are appended from now on.</summary>
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

    /// <summary>Returns the digest of the bytes that this object has appended.</summary>
    public byte[] ContentDigest(DigestAlgorithm algorithm) => _hashes[algorithm].GetCurrentHash();

    /// <summary>
    /// Whether <see cref="WholeDigest"/> can return the digest of all bytes. The bytes of earlier requests must be read from the
    /// disk first (<see cref="DigestWhole"/>).
    /// </summary>
    public bool HasWholeDigest(DigestAlgorithm algorithm) => IsRunningFromStart(algorithm) || _whole.ContainsKey(algorithm);

    /// <summary>
    /// Reads the next part of the temporary file for the digest of all bytes. Call this method until <see cref="HasWholeDigest"/>
    /// is true. The work is done in steps, because a large file takes seconds.
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

    /// <summary>Returns the digest of all bytes. <see cref="HasWholeDigest"/> must be true.</summary>
    public byte[] WholeDigest(DigestAlgorithm algorithm) =>
        IsRunningFromStart(algorithm) ? _hashes[algorithm].GetCurrentHash() : _whole[algorithm];

    /// <summary>
    /// Removes the bytes that this object has appended, because their digest differs from the digest that the client has sent.
    /// </summary>
    public void TakeBack()
    {
        RandomAccess.SetLength(_handle!, _begin);
        Length = _begin;
        Flush();
    }

    /// <summary>
    /// Waits until the bytes are on the disk, if <see cref="UploadRules.FlushToDisk"/> is set. Opens a parked upload for the
    /// flush and parks it again.
    /// </summary>
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
    /// Closes the descriptors of the upload until the commit or the discard. A form with many files would otherwise use too many
    /// descriptors of the process.
    /// </summary>
    public void Park()
    {
        _parked = _folder!.Place;
        _handle!.Dispose();
        _folder.Dispose();
    }

    /// <summary>Deletes an interrupted upload and its ticket.</summary>
    /// <exception cref="IOException">The temporary file cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit to delete the temporary file.</exception>
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

    /// <summary>Closes the upload but keeps its bytes on the disk, so that the client can continue the upload.</summary>
    public void Leave()
    {
        _temporary = null;
        Dispose();
    }

    /// <summary>
    /// Deletes the temporary file and the ticket of an upload that was not committed. Returns the reason when a file cannot be
    /// deleted, for example because the rights have changed; else null.
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
            // The folder was deleted together with the temporary file.
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
            // The temporary file was never created, or was deleted before.
        }
    }

    private void FlushToRoot(Folder folder)
    {
        if (!rules.FlushToDisk)
            return;
        folder.Flush();
        FlushAbove(folder.Place);
    }

    // Flushes the parent folders of a place, up to the root. The names of the parent folders may not be on the disk yet: another
    // upload, or a server that was killed, may have created the folders without a flush. A flush costs little when the names are
    // already on the disk.
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
