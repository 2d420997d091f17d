namespace ActorHttp.Files.Storage;

// The commit: how a complete upload takes its name.
internal sealed partial class UploadFile
{
    /// <summary>
    /// Gives the file its name, its rights (<see cref="Folder.GiveAccess"/>), and a time of its last write that the file before it
    /// did not have (<see cref="TimeAfter"/>). That time differs from the time of the last change, so that
    /// <see cref="FileVersion.Seen"/> knows that it was set.
    /// </summary>
    /// <param name="before">The version of the file that is replaced; null when there is none.</param>
    /// <returns>The version of the new file.</returns>
    /// <exception cref="IOException">It cannot be done.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit it.</exception>
    public FileVersion Commit(FileVersion? before)
    {
        // The upload was discarded meanwhile, because its actor was stopped.
        var temporary = _temporary ?? throw new IOException("The upload has been stopped.");
        if (Unpark())
            _handle = _folder!.Open(temporary);
        var modified = TimeAfter(before, DateTimeOffset.UtcNow);
        File.SetLastWriteTimeUtc(_handle!, modified.UtcDateTime);
        modified = MoveTo(temporary, Path.GetDirectoryName(target)!, modified);

        // Removed after the flush of the name. Otherwise a power failure could leave the upload without its ticket and without its name.
        RemoveTicket();
        return new FileVersion(Length, modified);
    }

    /// <summary>
    /// The time of a write that replaces a version. It differs, so that the entity tag differs, and is in another second, so that
    /// <c>Last-Modified</c> differs. A version of this second, or of the future, may have been sent with the date of this second
    /// (<see cref="FileVersion.Date"/>). Then the write gets a time within the next second. It gets no later time, because
    /// <c>Last-Modified</c> must not lie in the future (RFC 9110 §8.8.2.1).
    /// </summary>
    internal static DateTimeOffset TimeAfter(FileVersion? before, DateTimeOffset now)
    {
        if (before is not { } old || FileVersion.SecondOf(old.Modified) < FileVersion.SecondOf(now))
            return now;
        var next = now.AddSeconds(1);
        return old.Modified >= next && FileVersion.SecondOf(old.Modified) == FileVersion.SecondOf(next) ? old.Modified.AddTicks(1) : next;
    }

    /// <summary>Sets the time of the last write again while it happens to equal the time of the last change. Returns the time.</summary>
    internal static DateTimeOffset TellTimesApart(Folder folder, string name, DateTimeOffset modified)
    {
        try
        {
            while (folder.Look(name) is { Kind: FileKind.File, Version: { IsSettled: false } seen } && seen.Modified == modified)
            {
                using var handle = folder.Open(name);
                File.SetLastWriteTimeUtc(handle, modified.UtcDateTime.AddTicks(1));
                modified = modified.AddTicks(1);
            }
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // The file is stored anyway. Its tag is weak for a moment.
        }

        return modified;
    }

    // Returns the time of the last write, which may differ from the one that was given (TellTimesApart).
    private DateTimeOffset MoveTo(string temporary, string parent, DateTimeOffset modified)
    {
        var way = new Stack<(Folder Folder, string Name, bool IsNew)>();

        // Begins at the folder in which the upload began, because folders below it may be too new to be on the disk.
        var last = root.OpenFolder(_folder!.Place) ?? root.OpenNearestFolder(parent);
        var first = last.Place;
        try
        {
            foreach (var name in Path.GetRelativePath(last.Place, parent).Split(Path.DirectorySeparatorChar))
            {
                if (name == ".")
                    break;
                var next = last.Enter(name, out var isNew);
                way.Push((last, name, isNew));
                last = next;
            }

            last.GiveAccess(_handle!, Path.GetFileName(target));
            PrepareFlush(last, way);

            // Windows cannot move an open file.
            if (OperatingSystem.IsWindows())
                _handle!.Dispose();
            MayBeStored = true;
            _folder.Move(temporary, last, Path.GetFileName(target));
            _temporary = null;
            modified = TellTimesApart(last, Path.GetFileName(target), modified);
            FlushName(last, way, first);
            return modified;
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // A remote file system can rename a file and then report a failure. A name that could not be flushed is there now, and
            // may be gone after a power failure.
            MayBeStored = MayBeStored && (_temporary is null || MayBe(last, modified));
            if (!MayBeStored)
                RemoveNew(way);
            throw;
        }
        finally
        {
            _handle!.Dispose();
            last.Dispose();
            foreach (var (folder, _, _) in way)
                folder.Dispose();
        }
    }

    private void PrepareFlush(Folder last, Stack<(Folder Folder, string Name, bool IsNew)> way)
    {
        if (!rules.FlushToDisk)
            return;
        last.PrepareFlush();
        foreach (var (folder, _, _) in way)
            folder.PrepareFlush();
    }

    // Flushes the new name, the names of the folders on its way, and then the file again: its rights and times were set after the
    // flush of its bytes. Usually the flush of the folder has written them already.
    private void FlushName(Folder last, Stack<(Folder Folder, string Name, bool IsNew)> way, string first)
    {
        if (!rules.FlushToDisk)
            return;
        last.Flush();
        foreach (var (folder, _, _) in way)
            folder.Flush();
        FlushAbove(first);
        if (!_handle!.IsClosed)
            DiskFlush.Of(_handle, Target);
    }

    // Whether the file of the target's name may be this one: it has the same length and time, or cannot be looked at.
    private bool MayBe(Folder folder, DateTimeOffset modified)
    {
        try
        {
            return folder.Look(Path.GetFileName(target)) is { Kind: FileKind.File } found
                && (found.Version.Length, found.Version.Modified) == (Length, modified);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            return true;
        }
    }

    // Removes the folders that were created for this file. A folder that is not empty any more stays.
    private static void RemoveNew(Stack<(Folder Folder, string Name, bool IsNew)> way)
    {
        foreach (var (folder, name, isNew) in way)
        {
            if (!isNew)
                return;
            try
            {
                folder.DeleteFolder(name);
            }
            catch (Exception e) when (FileFault.Covers(e))
            {
                return;
            }
        }
    }
}
