using ActorHttp.Buffers;
using ActorHttp.Settings;
using ActorHttp.Sockets;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Holds the bytes that were read from the transport and are not used yet, and applies back-pressure. When the window
/// (<c>io.receive-window</c>) is full and the input can use no bytes, the transport stops reading. TCP flow control then stops
/// the client.
/// </summary>
internal sealed class Http1ReceiveWindow(ITransport transport, IoSettings settings)
{
    /// <summary>The received bytes that are not used yet.</summary>
    public ReceivedBytes Bytes { get; } = new();

    /// <summary>Whether the transport's reading is suspended, because the window holds too many unused bytes.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>
    /// Reads at most <paramref name="most"/> bytes from the transport, without a copy. The caller must call <see cref="Keep"/>
    /// before this thread reads again. When <paramref name="takes"/> is false, the bytes are discarded, and the return value is
    /// false if any bytes were read.
    /// </summary>
    public bool Receive(int most, bool takes)
    {
        var bytes = transport.Read(most);
        if (takes)
            Bytes.Borrow(bytes);
        return takes || bytes.IsEmpty;
    }

    /// <summary>Copies the unused bytes of the last read.</summary>
    public void Keep() => Bytes.Keep();

    /// <summary>Suspends or resumes the transport's reading by the room in the window.</summary>
    /// <param name="isWanted">
    /// Whether the input can use more bytes. If true, the unused bytes in the window are the beginning of a line. These bytes
    /// cannot become too many, because the request reader limits the length of a line.
    /// </param>
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

    /// <summary>Discards the unused bytes and resumes the transport's reading, because the connection lingers.</summary>
    public void ReadWhatComes()
    {
        Bytes.Clear();
        if (!IsSuspended)
            return;
        IsSuspended = false;
        transport.ResumeReading();
    }

    /// <summary>
    /// Repeats the last order to the transport (suspend or resume reading) after a restart. An exception may have prevented
    /// this order.
    /// </summary>
    public void Repeat()
    {
        if (IsSuspended)
            transport.SuspendReading();
        else
            transport.ResumeReading();
    }
}
