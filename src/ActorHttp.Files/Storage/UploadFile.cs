using System.Buffers;
using System.Security.Cryptography;
using ActorHttp.Semantics;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Files.Storage;

/// <summary>What every upload to a root has to keep to.</summary>
/// <param name="FlushToDisk">
/// Whether the disk itself has what an answer speaks of before that answer: the bytes, the name, the ticket, the deletion.
/// </param>
/// <param name="CreatesFolders">Whether folders that are missing on the way are made.</param>
/// <param name="MinFreeSpace">The space that uploads must leave on the disk, in bytes.</param>
internal sealed record UploadRules(bool FlushToDisk, bool CreatesFolders, long MinFreeSpace);

/// <summary>
/// A file in the making: bytes go to a temporary file beside the target, and only a whole one takes the target's name. So
/// readers see the old bytes or the new ones, and an upload that fails leaves neither a part nor a folder. One with a ticket
/// can be left, and taken up again by its identifier.
/// </summary>
internal sealed partial class UploadFile(FileRoot root, string target, UploadRules rules) : IDisposable
{
    /// <summary>How the names of temporary files begin; no request can name one.</summary>
    public const string TemporaryPrefix = ".actor-http-upload-";

    // In hexadecimal digits.
    private const int IdLength = 32;
    private static readonly SearchValues<char> IdDigits = SearchValues.Create("0123456789abcdef");

    private readonly Dictionary<DigestAlgorithm, IncrementalHash> _hashes = [];
    private readonly Dictionary<DigestAlgorithm, byte[]> _whole = [];
    private (DigestAlgorithm Algorithm, FileDigest Digest)? _reading;
    private SafeFileHandle? _handle;
    private Folder? _folder;
    private string? _temporary;
    private long _begin;

    // The folder of a parked one.
    private string? _parked;

    /// <summary>Where the file is to be, below the root.</summary>
    public string Target => Path.GetRelativePath(root.Place, target);

    /// <summary>How many bytes there are.</summary>
    public long Length { get; private set; }

    /// <summary>By what its temporary file is found.</summary>
    public string? Id { get; private set; }

    public UploadTicket? Ticket { get; private set; }

    /// <summary>Whether the file has taken its name, or may have: the disk has failed and not said.</summary>
    public bool MayBeStored { get; private set; }

    /// <summary>
    /// Whether the disk has refused bytes. The system tells this only once: a later flush would succeed, and the bytes would still
    /// be lost. So nobody may go on with this upload.
    /// </summary>
    public bool HasLostBytes { get; private set; }

    /// <summary>Whether <see cref="Remove"/> has removed it, even if the disk has failed afterwards.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Whether the identifier could be one of ours: anything else is not looked for on the disk.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(IdDigits);

    /// <summary>Whether the server keeps this name for itself, on whatever system: some do not tell cases apart.</summary>
    public static bool IsTemporary(string name) => name.StartsWith(TemporaryPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The name of an upload's bytes. It is made of a digest of the identifier: the identifier lets its owner write, and a
    /// local user who lists the folder must not learn it.
    /// </summary>
    public static string TemporaryName(string id) =>
        TemporaryPrefix + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(id)));

    /// <summary>Whether a name in a folder is that of an upload, or of its ticket, to which nothing has happened since then.</summary>
    public static bool IsLeft(Folder folder, string name, DateTimeOffset then)
    {
        if (!name.StartsWith(TemporaryPrefix, StringComparison.Ordinal) || folder.Look(name) is not { Kind: FileKind.File } found)
            return false;

        // A ticket is as old as its upload's beginning; it stays while bytes come.
        // Earlier versions had the identifier itself in the name, which is found in the same way.
        var data = name.IndexOf(TicketSuffix, StringComparison.Ordinal) is var end and >= 0 ? name[..end] : name;
        return found.Version.Modified < then && (data == name || folder.Look(data) is not { } bytes || bytes.Version.Modified < then);
    }

    /// <summary>An identifier for an upload that is to be opened. Nobody can guess it: who has it may write.</summary>
    public string NewId() => Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    /// <summary>Creates the temporary file, in the deepest folder on the way to the target that exists.</summary>
    /// <param name="expectedLength">In bytes, when it is known: a disk that cannot hold it says so now and not at the end.</param>
    /// <param name="ticket">Makes it one that can be taken up again.</param>
    /// <exception cref="IOException">It cannot be made; likewise <see cref="UnauthorizedAccessException"/>.</exception>
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

        // From here on there is something to remove, should the rest fail.
        _temporary = TemporaryName(id);
        _handle = _folder.Create(_temporary);

        // The client is about to be told that it can go on with this upload.
        if (ticket is not null)
            FlushToRoot(_folder);
    }

    /// <summary>Takes an upload up again that was left. False when there is none of this identifier for this target.</summary>
    /// <exception cref="IOException">It is there and cannot be opened; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public bool Resume(string id)
    {
        var name = TemporaryName(id);

        // It was begun in the deepest folder that there was then; since then there may be deeper ones.
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

    /// <summary>Makes sure that the disk has room for this many bytes more.</summary>
    /// <exception cref="IOException">It has not.</exception>
    public void CheckSpace(long wanted)
    {
        if ((wanted > 0 || rules.MinFreeSpace > 0) && _folder!.FreeSpace - rules.MinFreeSpace < wanted)
            throw new IOException("The disk is full.", FileFault.NoSpace);
    }

    /// <summary>Has what is appended from now on be digested too.</summary>
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

    /// <summary>The digest of what has been appended by this object.</summary>
    public byte[] ContentDigest(DigestAlgorithm algorithm) => _hashes[algorithm].GetCurrentHash();

    /// <summary>Whether the digest of all bytes is at hand; of what earlier requests brought it must be computed first.</summary>
    public bool HasWholeDigest(DigestAlgorithm algorithm) => IsRunningFromStart(algorithm) || _whole.ContainsKey(algorithm);

    /// <summary>Reads on for the digest of all bytes. One step, because a large file takes seconds. Call it until there is one.</summary>
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
    public byte[] WholeDigest(DigestAlgorithm algorithm) => IsRunningFromStart(algorithm) ? _hashes[algorithm].GetCurrentHash() : _whole[algorithm];

    /// <summary>Takes back what has been appended by this object: it was not what the client meant to send.</summary>
    public void TakeBack()
    {
        RandomAccess.SetLength(_handle!, _begin);
        Length = _begin;
        Flush();
    }

    /// <summary>Waits until the disk itself has the bytes, where the rules ask for that. A parked upload is parked again.</summary>
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
    /// Closes what is open until the upload is committed or discarded: many that wait for each other must not use up the
    /// descriptors of all.
    /// </summary>
    public void Park()
    {
        _parked = _folder!.Place;
        _handle!.Dispose();
        _folder.Dispose();
    }

    /// <summary>Removes an upload that was left, and its ticket, for good.</summary>
    /// <exception cref="IOException">It cannot be removed; likewise <see cref="UnauthorizedAccessException"/>.</exception>
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

    /// <summary>Leaves what there is, to be taken up again.</summary>
    public void Leave()
    {
        _temporary = null;
        Dispose();
    }

    /// <summary>Removes what was not committed. Null, or why a part stays behind: the folder may not be ours any more.</summary>
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
            // It went with its folder.
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
            // It was never made, or has gone.
        }
    }

    private void FlushToRoot(Folder folder)
    {
        if (!rules.FlushToDisk)
            return;
        folder.Flush();
        FlushAbove(folder.Place);
    }

    // The names of a folder and of those above it, up to the root. They may be new: another upload may have made them and not have
    // flushed them yet, or a server that was killed may have. A name that is on the disk costs little.
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
