using ActorHttp.Buffers;
using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// The body of one request, from the socket to the actor that pulls it.
/// </summary>
/// <remarks>
/// <code>
/// Coming ──last byte read──▶ Complete ──end told──▶ Over
///    └───────────answered early, refused, abandoned──▲
/// </code>
/// While the body is coming, a reader may have pulled: then exactly one part, end or failure is due to it.
/// </remarks>
internal sealed class RequestBodyState(bool expectsContinue)
{
    private Progress _progress = Progress.Coming;
    private IActorRef? _reader;
    private bool _givesBack;
    private long _limit = long.MaxValue;
    private long _received;
    private HttpHeaders _trailers = HttpHeaders.Empty;

    // The rented array of the last part, when its reader gives arrays back.
    private byte[]? _part;

    private enum Progress
    {
        /// <summary>It is on the socket or in the receive window.</summary>
        Coming,

        /// <summary>Its last byte has been read. The next pull is answered with the end.</summary>
        Complete,

        /// <summary>Its end has been told, or nobody will hear of it.</summary>
        Over,
    }

    /// <summary>Whether more of it is to be read.</summary>
    public bool IsComing => _progress == Progress.Coming;

    /// <summary>Whether its end is still to be told.</summary>
    public bool IsComplete => _progress == Progress.Complete;

    /// <summary>Whether nothing of it is told any more.</summary>
    public bool IsOver => _progress == Progress.Over;

    /// <summary>Whether its reader waits for a part.</summary>
    public bool IsPulled { get; private set; }

    /// <summary>Whether the client waits for 100 Continue (RFC 9110 §10.1.1).</summary>
    public bool OwesContinue { get; private set; } = expectsContinue;

    /// <summary>The most bytes that it may have.</summary>
    public void Limit(long bytes) => _limit = bytes;

    /// <summary>Takes the order for the next part. The part before may be used again.</summary>
    public void Pull(IActorRef reader, bool givesBack)
    {
        Invariant.Holds(!IsOver, "A body that is over is not pulled.");
        _reader = reader;
        _givesBack = givesBack;
        ReleasePart();
        IsPulled = IsComing;
    }

    /// <summary>Nobody reads it any more; it is still read from the socket.</summary>
    public void ForgetReader() => _reader = null;

    /// <summary>100 Continue has been sent, or is not needed any more.</summary>
    public void SettleContinue() => OwesContinue = false;

    /// <summary>Memory for the next part, of this many bytes at least.</summary>
    public byte[] RentPart(int size)
    {
        Invariant.Holds(_part is null, "The part before has not been given back.");
        if (!_givesBack)
            return GC.AllocateUninitializedArray<byte>(size);
        return _part = Resources.Rent(size);
    }

    /// <summary>Bytes have been read. Answers false when they are more than the body may have.</summary>
    public bool Receive(int bytes)
    {
        _received += bytes;
        return _received <= _limit;
    }

    /// <summary>Hands a part to the reader.</summary>
    public void Deliver(in Exchange exchange, ReadOnlyMemory<byte> bytes)
    {
        Invariant.Holds(IsPulled && !bytes.IsEmpty, "A part answers a pull and has bytes.");
        IsPulled = false;
        OwesContinue = false;
        _reader?.Tell(new BodyChunk(exchange, bytes), exchange.Connection);
    }

    /// <summary>Its last byte has been read, and these trailers behind it.</summary>
    public void Complete(HttpHeaders trailers)
    {
        Invariant.Holds(IsComing, "A body ends once.");
        _trailers = trailers;
        _progress = Progress.Complete;
    }

    /// <summary>Tells the reader the end.</summary>
    public void DeliverEnd(in Exchange exchange)
    {
        Invariant.Holds(IsComplete, "The end is told when the last byte has been read.");
        ReleasePart();
        End();
        _reader?.Tell(new BodyEnd(exchange, _trailers), exchange.Connection);
    }

    /// <summary>Nothing of it is read or told any more; its reader hears why, unless it has heard the end.</summary>
    public void Fail(in Exchange exchange, string why)
    {
        if (IsOver)
            return;

        // Over before the reader is told: after a failure in the telling nothing more is told.
        var reader = _reader;
        End();
        reader?.Tell(new BodyFailed(exchange, why), exchange.Connection);
    }

    /// <summary>The part before is done with, or there was none.</summary>
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

    /// <summary>Nobody will pull again. The reader may still use the last part, so the garbage collector takes it.</summary>
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
