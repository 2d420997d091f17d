using ActorHttp.Buffers;
using ActorHttp.Settings;
using ActorHttp.Sockets;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Bytes that have been read from the transport and not used, and how many more are read: when nobody wants them and the window
/// (<c>io.receive-window</c>) is full, the transport is told to stop, and TCP stops the client.
/// </summary>
internal sealed class Http1ReceiveWindow(ITransport transport, IoSettings settings)
{
    /// <summary>The bytes.</summary>
    public ReceivedBytes Bytes { get; } = new();

    /// <summary>Whether the transport has been told to read no more, because too much waits here.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>
    /// Takes what the transport has, up to so many bytes, without a copy. <see cref="Keep"/> follows before this thread reads again.
    /// Answers false when there were bytes and they were thrown away, because nobody may have them.
    /// </summary>
    public bool Receive(int most, bool takes)
    {
        var bytes = transport.Read(most);
        if (takes)
            Bytes.Borrow(bytes);
        return takes || bytes.IsEmpty;
    }

    /// <summary>Copies what is left of the bytes that came last.</summary>
    public void Keep() => Bytes.Keep();

    /// <summary>Stops or starts the transport's reading by the room that there is.</summary>
    /// <param name="isWanted">Whether more can be read. What then waits is a line that has not ended, which the reader bounds.</param>
    public void Update(bool isWanted)
    {
        if (!IsSuspended && !isWanted && Bytes.Count >= settings.ReceiveWindow)
        {
            IsSuspended = true;
            transport.SuspendReading();
        }
        else if (IsSuspended && (isWanted || Bytes.Count <= settings.ReceiveWindow / 2))
        {
            IsSuspended = false;
            transport.ResumeReading();
        }
    }

    /// <summary>Drops what waits, and has the transport read whatever comes: the connection lingers.</summary>
    public void ReadWhatComes()
    {
        Bytes.Clear();
        if (!IsSuspended)
            return;
        IsSuspended = false;
        transport.ResumeReading();
    }

    /// <summary>Tells the transport again what it was told: a failure may have come between.</summary>
    public void Repeat()
    {
        if (IsSuspended)
            transport.SuspendReading();
        else
            transport.ResumeReading();
    }
}
