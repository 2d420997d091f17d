using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Handlers.Files;

/// <summary>
/// A file in the making: bytes go to a temporary file beside the target, and only a whole one takes the target's name. So
/// readers see the old bytes or the new ones, and an upload that fails leaves neither a part nor a folder.
/// </summary>
internal sealed class Upload(string target, bool flushToDisk) : IDisposable
{
    /// <summary>How the names of temporary files begin; no request can name one.</summary>
    public const string TemporaryPrefix = ".actor-http-upload-";

    private SafeFileHandle? _handle;
    private string? _temporary;
    private string _folder = "";
    private long _length;

    /// <summary>Where the file is to be.</summary>
    public string Target => target;

    /// <summary>Whether all bytes are there, and the file is closed.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Creates the temporary file, in the deepest folder on the way to the target that exists.</summary>
    /// <param name="expectedLength">In bytes, when it is known: a disk that cannot hold it says so now and not at the end.</param>
    public void Open(long? expectedLength)
    {
        var folder = Path.GetDirectoryName(target)!;
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        var path = Path.Combine(folder, $"{TemporaryPrefix}{Guid.NewGuid():N}");
        _handle = PlainFile.Create(path);
        _temporary = path;
        _folder = folder;
        if (expectedLength is { } length and > 0 && new DriveInfo(folder).AvailableFreeSpace < length)
            throw new IOException("The disk is full.", FileFault.NoSpace);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle!, bytes, _length);
        _length += bytes.Length;
    }

    /// <summary>The bytes are complete: makes sure of them, and closes the file.</summary>
    public void Seal()
    {
        if (flushToDisk)
            RandomAccess.FlushToDisk(_handle!);
        _handle!.Dispose();
        IsSealed = true;
    }

    /// <summary>Gives the sealed file its name. True when there was none of that name before.</summary>
    public bool Commit()
    {
        // Discarded meanwhile, because its transfer was stopped.
        var temporary = _temporary ?? throw new IOException("The upload has been stopped.");
        var parent = Path.GetDirectoryName(target)!;
        try
        {
            Directory.CreateDirectory(parent);
            var isNew = !File.Exists(target);
            File.Move(temporary, target, overwrite: true);
            _temporary = null;
            return isNew;
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            RemoveFolders(parent);
            throw;
        }
    }

    // Those that were made for this file; one in which somebody else has put something meanwhile stays.
    private void RemoveFolders(string folder)
    {
        for (; folder.Length > _folder.Length && Directory.Exists(folder); folder = Path.GetDirectoryName(folder)!)
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                return;
            Directory.Delete(folder);
        }
    }

    /// <summary>Removes what was not committed. Null, or why a part stays behind: the folder may not be ours any more.</summary>
    public string? Discard()
    {
        _handle?.Dispose();
        try
        {
            if (_temporary is not null)
                File.Delete(_temporary);
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

    public void Dispose() => Discard();
}
