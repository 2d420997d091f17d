using ActorHttp.Buffers;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>The state of one request's body, on its way from the socket to the actor that pulls it.</summary>
/// <remarks>
/// <code>
/// Coming ──last byte read──▶ Complete ──end told──▶ Over
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
        /// <summary>The rest of the body is on the socket or in the receive window.</summary>
        Coming,

        /// <summary>The last byte has been read. The next pull is answered with the end.</summary>
        Complete,

        /// <summary>The reader has been told the end or a failure, or there is no reader.</summary>
        Over,
    }

    /// <summary>Whether more of the body is still to be read.</summary>
    public bool IsComing => _progress == Progress.Coming;

    /// <summary>Whether the body is read, and the reader is still to be told the end.</summary>
    public bool IsComplete => _progress == Progress.Complete;

    /// <summary>Whether the reader gets nothing more.</summary>
    public bool IsOver => _progress == Progress.Over;

    /// <summary>Whether the reader waits for a part.</summary>
    public bool IsPulled { get; private set; }

    /// <summary>Whether the client waits for 100 Continue (RFC 9110 §10.1.1).</summary>
    public bool OwesContinue { get; private set; } = expectsContinue;

    /// <summary>Sets the most bytes that the body may have.</summary>
    public void Limit(long bytes) => _limit = bytes;

    /// <summary>
    /// Accepts the request of a reader for the next part. With this request the reader also says that it no longer uses the
    /// previous part.
    /// </summary>
    /// <param name="reader">The actor that gets the part.</param>
    /// <param name="givesBack">Whether the memory of the part may be used again after the reader's next request.</param>
    public void Pull(IActorRef reader, bool givesBack)
    {
        Invariant.Holds(!IsOver, "A body that is over is not pulled.");
        _reader = reader;
        _givesBack = givesBack;
        ReleasePart();
        IsPulled = IsComing;
    }

    /// <summary>Forgets the reader. The body is still read from the socket.</summary>
    public void ForgetReader() => _reader = null;

    /// <summary>Notes that 100 Continue has been sent, or is not needed any more.</summary>
    public void SettleContinue() => OwesContinue = false;

    /// <summary>Returns memory for the next part, of at least <paramref name="size"/> bytes.</summary>
    public byte[] RentPart(int size)
    {
        Invariant.Holds(_part is null, "The part before has not been given back.");
        if (!_givesBack)
            return GC.AllocateUninitializedArray<byte>(size);
        return _part = Resources.Rent(size);
    }

    /// <summary>Counts bytes that have been read. Returns false when the body is larger than its limit.</summary>
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

    /// <summary>Notes that the last byte has been read, and keeps the trailers behind it.</summary>
    public void Complete(HttpHeaders trailers)
    {
        Invariant.Holds(IsComing, "A body ends once.");
        _trailers = trailers;
        _progress = Progress.Complete;
    }

    /// <summary>Tells the reader that the body has ended.</summary>
    public void DeliverEnd(in Exchange exchange)
    {
        Invariant.Holds(IsComplete, "The end is told when the last byte has been read.");
        ReleasePart();
        End();
        _reader?.Tell(new BodyEnd(exchange, _trailers), exchange.Connection);
    }

    /// <summary>Ends the body early. Tells the reader why, unless the body is over already.</summary>
    public void Fail(in Exchange exchange, string why)
    {
        if (IsOver)
            return;

        // Marks the body as over before the message to the reader. If sending the message throws, the reader gets no second
        // message.
        var reader = _reader;
        End();
        reader?.Tell(new BodyFailed(exchange, why), exchange.Connection);
    }

    /// <summary>
    /// Gives the array of the last part back, if there is one. The array goes to the pool if its reader gives arrays back.
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
    /// Leaves the array of the last part to the garbage collector. No pull follows, and the reader may still use the array.
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
