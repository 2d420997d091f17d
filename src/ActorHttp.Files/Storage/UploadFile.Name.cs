namespace ActorHttp.Files.Storage;

// The commit, which renames the temporary file of a complete upload to the name of its target.
internal sealed partial class UploadFile
{
    /// <summary>
    /// Renames the temporary file to the target, and sets the rights (<see cref="Folder.GiveAccess"/>) and the time of the last
    /// write. The new time differs from the time of the replaced file (<see cref="TimeAfter"/>). The new time also differs from
    /// the time of the last change, so that <see cref="FileVersion.Seen"/> detects that a program has set it.
    /// </summary>
    /// <param name="before">The version of the file that the upload replaces; null when there is no file.</param>
    /// <returns>The version of the new file.</returns>
    /// <exception cref="IOException">The file system cannot store the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit to store the file.</exception>
    public FileVersion Commit(FileVersion? before)
    {
        // _temporary is null when the actor of the upload was stopped, because the stop discards the upload.
        var temporary = _temporary ?? throw new IOException("The upload has been stopped.");
        if (Unpark())
            _handle = _folder!.Open(temporary);
        var modified = TimeAfter(before, DateTimeOffset.UtcNow);
        File.SetLastWriteTimeUtc(_handle!, modified.UtcDateTime);
        modified = MoveTo(temporary, Path.GetDirectoryName(target)!, modified);

        // Removes the ticket after the rename is on the disk. In the other order, a power failure could leave a temporary file
        // that has no ticket, and the upload would be lost.
        RemoveTicket();
        return new FileVersion(Length, modified);
    }

    /// <summary>
    /// Returns the time of the last write for a file that replaces another version. The time differs from the old time, so that
    /// the entity tag differs. The time is in another second, so that <c>Last-Modified</c> differs. If the old time is in this
    /// second or later, the old version may have been sent with the date of this second (<see cref="FileVersion.Date"/>). In that
    /// case the returned time is in the next second. The returned time is never later than that, because <c>Last-Modified</c>
    /// must not be in the future (RFC 9110 §8.8.2.1).
    /// </summary>
    internal static DateTimeOffset TimeAfter(FileVersion? before, DateTimeOffset now)
    {
        if (before is not { } old || FileVersion.SecondOf(old.Modified) < FileVersion.SecondOf(now))
            return now;
        var next = now.AddSeconds(1);
        return old.Modified >= next && FileVersion.SecondOf(old.Modified) == FileVersion.SecondOf(next) ? old.Modified.AddTicks(1) : next;
    }

    /// <summary>
    /// Sets the time of the last write again, while the new time is by chance equal to the time of the last change. Returns the
    /// time that was set.
    /// </summary>
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
            // The file is stored in spite of the failure. Its entity tag is weak for a moment.
        }

        return modified;
    }

    // Moves the temporary file to the target. Returns the time of the last write, which TellTimesApart may have changed.
    private DateTimeOffset MoveTo(string temporary, string parent, DateTimeOffset modified)
    {
        var way = new Stack<(Folder Folder, string Name, bool IsNew)>();

        // Starts at the folder of the temporary file, not at the deepest folder that exists now. The names of the folders in
        // between may not be on the disk yet, so they must be in the stack whose folders are flushed.
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

            // Closes the file first, because Windows cannot move an open file.
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
            // The file may be stored although the move or the flush has failed. A remote file system can rename a file and then
            // report a failure. After a failed flush the new name exists now, but a power failure can remove the name.
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

    // Flushes the new name and the names of the parent folders. Then flushes the file again, because its rights and times were
    // set after the flush of its bytes. Usually the flush of the folder has already written the rights and times.
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

    // Whether the file with the name of the target may be this upload. True when the length and the time are equal, or when the
    // metadata of the file cannot be read.
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

    // Removes the folders that were created for this file. Keeps a folder that contains other entries now.
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
