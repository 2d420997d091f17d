namespace ActorHttp.Files.Storage;

// How a whole upload takes its name.
internal sealed partial class UploadFile
{
    /// <summary>
    /// Gives the file its name, the rights that belong to it (<see cref="Folder.GiveAccess"/>), and a time of its last write
    /// that no file before it had (<see cref="TimeAfter"/>). That time is another than that of its last change, by which
    /// <see cref="FileVersion.Seen"/> knows that it was set.
    /// </summary>
    /// <param name="before">The version of that file; null when there was none.</param>
    /// <returns>The version of the new one.</returns>
    /// <exception cref="IOException">It cannot be done; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public FileVersion Commit(FileVersion? before)
    {
        // Discarded meanwhile, because its transfer was stopped.
        var temporary = _temporary ?? throw new IOException("The upload has been stopped.");
        if (Unpark())
            _handle = _folder!.Open(temporary);
        var modified = TimeAfter(before, DateTimeOffset.UtcNow);
        File.SetLastWriteTimeUtc(_handle!, modified.UtcDateTime);
        modified = MoveTo(temporary, Path.GetDirectoryName(target)!, modified);

        // After the flush of the name. Before it, a power failure could leave the upload without its ticket and without its name.
        RemoveTicket();
        return new FileVersion(Length, modified);
    }

    /// <summary>
    /// The time of a write that replaces a version: another one, so that the entity tag is another, and in another second, so
    /// that <c>Last-Modified</c> is another. A version of this second, or of the future, may have been sent with the date of
    /// this second (<see cref="FileVersion.Date"/>). The write then gets a time within the next second, and no later one: a
    /// time that lies in the future is not kept (RFC 9110 §8.8.2.1).
    /// </summary>
    internal static DateTimeOffset TimeAfter(FileVersion? before, DateTimeOffset now)
    {
        if (before is not { } old || FileVersion.SecondOf(old.Modified) < FileVersion.SecondOf(now))
            return now;
        var next = now.AddSeconds(1);
        return old.Modified >= next && FileVersion.SecondOf(old.Modified) == FileVersion.SecondOf(next) ? old.Modified.AddTicks(1) : next;
    }

    /// <summary>Sets the time of a file's last write anew, as long as it is by chance that of its last change too. Answers what it is now.</summary>
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
            // The file is stored all the same. Its tag is weak for a moment.
        }

        return modified;
    }

    // Answers the time of the last write, which may have to be another than the one that was set.
    private DateTimeOffset MoveTo(string temporary, string parent, DateTimeOffset modified)
    {
        var way = new Stack<(Folder Folder, string Name, bool IsNew)>();

        // The way begins where the upload began: a folder below may be so new that the disk does not have its name yet.
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

            // Windows does not move a file that is open.
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
            // A disk that another machine serves can rename and then fail to say so. And a name that could not be flushed is
            // there now, and may be gone after a power failure.
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

    // The new name, the names of the folders on its way, and at last the rights and the times, which were given after the bytes
    // had been flushed. The flush of the folder has usually taken those along.
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

    // Whether the file under the target's name is this one, by the time that it was given; or cannot be looked at.
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

    // Removes the folders that were made for this file. A folder that is no longer empty stays.
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
