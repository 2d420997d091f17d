namespace ActorHttp.Files.Storage;

// What makes an upload one that can be taken up again.
internal sealed partial class UploadFile
{
    private const string TicketSuffix = ".json";
    private const int LargestTicket = 64 * 1024;

    /// <summary>The client has said how long it is to be: that is kept with it.</summary>
    public void Promise(long length)
    {
        if (Ticket is not { Length: null } ticket)
            return;
        Ticket = ticket with { Length = length };
        WriteTicket(Id!, Ticket);
        FlushToRoot(_folder!);
    }

    // Anew each time: a reader sees the old one or the new one.
    private void WriteTicket(string id, UploadTicket ticket)
    {
        var name = TemporaryName(id) + TicketSuffix;

        // A server that was killed while it wrote a ticket has left a part of one.
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

    // One that cannot be removed is of no upload any more, and goes with its age.
    private void RemoveTicket()
    {
        try
        {
            if (Ticket is not null)
                _folder!.DeleteFile(TemporaryName(Id!) + TicketSuffix);
        }
        catch (Exception e) when (FileFault.Covers(e))
        {
            // UploadSweepActor finds it.
        }
    }
}
