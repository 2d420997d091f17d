namespace ActorHttp.Files.Storage;

// The ticket, which makes it possible to continue an upload.
internal sealed partial class UploadFile
{
    private const string TicketSuffix = ".json";
    private const int LargestTicket = 64 * 1024;

    /// <summary>Records the length of the whole file, which the client has stated.</summary>
    public void Promise(long length)
    {
        if (Ticket is not { Length: null } ticket)
            return;
        Ticket = ticket with { Length = length };
        WriteTicket(Id!, Ticket);
        FlushToRoot(_folder!);
    }

    // Writes a new file and renames it, so that a reader sees the old ticket or the new one.
    private void WriteTicket(string id, UploadTicket ticket)
    {
        var name = TemporaryName(id) + TicketSuffix;

        // A server that was killed while it wrote a ticket may have left a part of it.
        if (_folder!.Look(name + "-new") is not null)
            _folder.DeleteFile(name + "-new");
        var created = _folder.Create(name + "-new");
        try
        {
            using (created)
            {
                RandomAccess.Write(created, ticket.ToBytes(), 0);
                if (rules.FlushToDisk)
                    DiskFlush.Of(created, name);
            }

            _folder.Move(name + "-new", _folder, name);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            _folder.DeleteFile(name + "-new");
            throw;
        }
    }

    private static UploadTicket? ReadTicket(Folder folder, string name)
    {
        if (folder.Look(name + TicketSuffix) is not { Kind: FileKind.File, Version.Length: <= LargestTicket })
            return null;
        using var handle = folder.Open(name + TicketSuffix);
        var bytes = new byte[LargestTicket];
        var length = RandomAccess.Read(handle, bytes, 0);
        return UploadTicket.From(bytes.AsSpan(0, length));
    }

    // A ticket that cannot be removed belongs to no upload any more, and is removed when it is old.
    private void RemoveTicket()
    {
        try
        {
            if (Ticket is not null)
                _folder!.DeleteFile(TemporaryName(Id!) + TicketSuffix);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // UploadSweepActor removes it.
        }
    }
}
