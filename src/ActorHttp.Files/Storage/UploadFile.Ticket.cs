namespace ActorHttp.Files.Storage;

// The ticket, with which a client can continue an interrupted upload.
internal sealed partial class UploadFile
{
    private const string TicketSuffix = ".json";
    private const int LargestTicket = 64 * 1024;

    /// <summary>Records in the ticket the length of the whole file, when the client has sent the length.</summary>
    public void Promise(long length)
    {
        if (Ticket is not { Length: null } ticket)
            return;
        Ticket = ticket with { Length = length };
        WriteTicket(Id!, Ticket);
        FlushToRoot(_folder!);
    }

    // Writes the ticket to a new file and renames the new file. So a reader finds either the complete old ticket or the complete
    // new ticket.
    private void WriteTicket(string id, UploadTicket ticket)
    {
        var name = TemporaryName(id) + TicketSuffix;

        // Deletes an incomplete ticket. The ticket is incomplete when the server was killed while it wrote the ticket.
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

    // Removes the ticket. When the removal fails, the ticket belongs to no upload, and UploadSweepActor removes the ticket after
    // its expiry.
    private void RemoveTicket()
    {
        try
        {
            if (Ticket is not null)
                _folder!.DeleteFile(TemporaryName(Id!) + TicketSuffix);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // UploadSweepActor removes the ticket later.
        }
    }
}
