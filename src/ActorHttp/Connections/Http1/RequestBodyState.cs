using ActorHttp.Buffers;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// The state of one request's body, on its way from the socket to the reader. The reader is the actor that pulls the body.
/// </summary>
/// <remarks>
/// <code>
/// Coming ──last byte read──▶ Complete ──end sent──▶ Over
///    └───────────answered early, refused, abandoned──▲
/// </code>
/// When a reader has pulled a body that is coming, the reader gets exactly one part, end or failure.
/// </remarks>
internal sealed class RequestBodyState(bool expectsContinue)
{
    private Progress _progress = Progress.Coming;
    private IActorRef? _reader;
    private bool _givesBack;
    private long _limit = long.MaxValue;
    private long _received;
    private HttpHeaders _trailers = HttpHeaders.Empty;

    // The rented array of the last part. Set only for a reader that gives arrays back.
    private byte[]? _part;

    private enum Progress
    {
        /// <summary>The rest of the body is in the socket, in the receive window, or still to be sent by the client.</summary>
        Coming,

        /// <summary>The last byte has been read. The answer to the next pull is the end of the body.</summary>
        Complete,

        /// <summary>The reader has received the end or a failure, or the body has no reader.</summary>
        Over,
    }

    /// <summary>Whether bytes of the body have not been read yet.</summary>
    public bool IsComing => _progress == Progress.Coming;

    /// <summary>Whether the last byte of the body has been read, but the reader has not received the end yet.</summary>
    public bool IsComplete => _progress == Progress.Complete;

    /// <summary>Whether the reader gets no more messages about the body.</summary>
    public bool IsOver => _progress == Progress.Over;

    /// <summary>Whether the reader has pulled the body and waits for a part.</summary>
    public bool IsPulled { get; private set; }

    /// <summary>Whether the server still has to send 100 Continue, because the client may wait for it (RFC 9110 §10.1.1).</summary>
    public bool OwesContinue { get; private set; } = expectsContinue;

    /// <summary>Sets the largest number of bytes that the body may have.</summary>
    public void Limit(long bytes) => _limit = bytes;

    /// <summary>
    /// Accepts a reader's pull of the next part. With this pull, the reader also confirms that it no longer uses the previous
    /// part.
    /// </summary>
    /// <param name="reader">The actor that gets the part.</param>
    /// <param name="givesBack">Whether the memory of the part may be reused after the reader's next pull.</param>
    public void Pull(IActorRef reader, bool givesBack)
    {
        Invariant.Holds(!IsOver, "A body that is over is not pulled.");
        _reader = reader;
        _givesBack = givesBack;
        ReleasePart();
        IsPulled = IsComing;
    }

    /// <summary>Forgets the reader. The connection continues to read the body from the socket.</summary>
    public void ForgetReader() => _reader = null;

    /// <summary>Stores that 100 Continue has been sent, or is not needed any more.</summary>
    public void SettleContinue() => OwesContinue = false;

    /// <summary>Returns memory for the next part, of at least <paramref name="size"/> bytes.</summary>
    public byte[] RentPart(int size)
    {
        Invariant.Holds(_part is null, "The part before has not been given back.");
        if (!_givesBack)
            return GC.AllocateUninitializedArray<byte>(size);
        return _part = Resources.Rent(size);
    }

    /// <summary>Counts the bytes of the body that have been read. Returns false when the body is larger than its limit.</summary>
    public bool Receive(int bytes)
    {
        _received += bytes;
        return _received <= _limit;
    }

    /// <summary>Sends a part to the reader.</summary>
    public void Deliver(in Exchange exchange, ReadOnlyMemory<byte> bytes)
    {
        Invariant.Holds(IsPulled && !bytes.IsEmpty, "A part answers a pull and has bytes.");
        IsPulled = false;
        OwesContinue = false;
        _reader?.Tell(new BodyChunk(exchange, bytes), exchange.Connection);
    }

    /// <summary>Stores that the last byte of the body has been read, and keeps the trailer fields that follow the body.</summary>
    public void Complete(HttpHeaders trailers)
    {
        Invariant.Holds(IsComing, "A body ends once.");
        _trailers = trailers;
        _progress = Progress.Complete;
    }

    /// <summary>Sends the end of the body to the reader.</summary>
    public void DeliverEnd(in Exchange exchange)
    {
        Invariant.Holds(IsComplete, "The end is told when the last byte has been read.");
        ReleasePart();
        End();
        _reader?.Tell(new BodyEnd(exchange, _trailers), exchange.Connection);
    }

    /// <summary>Ends the body early and sends the reason to the reader. Does nothing when the body is over already.</summary>
    public void Fail(in Exchange exchange, string why)
    {
        if (IsOver)
            return;

        // Sets the stage Over before the message to the reader. If sending the message throws, the reader gets no second
        // message.
        var reader = _reader;
        End();
        reader?.Tell(new BodyFailed(exchange, why), exchange.Connection);
    }

    /// <summary>
    /// Gives up the array of the last part, if there is an array. The array goes back to the pool if the reader gives arrays
    /// back.
    /// </summary>
    public void ReleasePart()
    {
        if (_part is not { } part)
            return;
        _part = null;
        if (_givesBack)
            Resources.Return(part);
        else
            Resources.Leave(part);
    }

    /// <summary>
    /// Gives up the array of the last part without the pool, because the reader may still use the array and no pull will
    /// follow. The garbage collector frees the array.
    /// </summary>
    public void LeavePart()
    {
        if (_part is not { } part)
            return;
        _part = null;
        Resources.Leave(part);
    }

    private void End()
    {
        _progress = Progress.Over;
        IsPulled = false;
    }
}
