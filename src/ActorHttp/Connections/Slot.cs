using ActorHttp.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>Where a request's body stands.</summary>
internal enum BodyProgress
{
    /// <summary>There is none, or it has been read to its end and its end told.</summary>
    Done,

    /// <summary>It is on the socket or in the receive window.</summary>
    Open,

    /// <summary>Its last byte has been read; the next pull is answered with the end.</summary>
    Complete,
}

/// <summary>One exchange on a connection, from the request's head to the last byte of its answer.</summary>
internal sealed class Slot(Exchange exchange, RequestHead? head) : PipelineSlot(exchange.Number, head?.Method.IsSafe ?? true), IOpenRequest
{
    // Interim responses that wait. A connection cannot make a handler wait, so their number is bounded.
    private const int MostInterims = 16;

    private HttpResponse? _response;
    private volatile bool _isSettled;
    private Seldom? _seldom;

    public Exchange Exchange { get; } = exchange;

    /// <summary>The request's head; null when it was refused before it was one.</summary>
    public RequestHead? Head { get; } = head;

    /// <summary>The answer, once there is one.</summary>
    public HttpResponse? Response
    {
        get => _response;
        set
        {
            _response = value;
            _isSettled |= value is not null;
        }
    }

    /// <inheritdoc/>
    public bool IsAwaited => !_isSettled;

    /// <summary>Whether only the handler may answer (<see cref="ClaimExchange"/>).</summary>
    public bool IsClaimed { get; set; }

    /// <summary>The request that its handler wants again when it is the first; null for none.</summary>
    public PostponeRequest? Postponed
    {
        get => _seldom?.Postponed;
        set
        {
            if (value is not null || _seldom is not null)
                (_seldom ??= new Seldom()).Postponed = value;
        }
    }

    /// <summary>Whether coding and framing of the answer are decided.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>Whether the answer's head is on its way: from then on nothing but its body can follow.</summary>
    public bool IsHeadWritten { get; set; }

    /// <summary>Whether the connection ends behind this answer.</summary>
    public bool IsLast { get; set; } = head is null || !head.KeepAlive;

    // The request's body.
    public BodyProgress Body { get; set; } = head is null || head.Framing.Kind == FramingKind.None ? BodyProgress.Done : BodyProgress.Open;

    public IActorRef? Reader { get; set; }

    public bool IsPulled { get; set; }

    /// <summary>Whether who has pulled is done with the part before.</summary>
    public bool GivesBack { get; set; }

    /// <summary>Whether the client waits for 100 Continue (RFC 9110 §10.1.1).</summary>
    public bool OwesContinue { get; set; } = head?.ExpectsContinue ?? false;

    public long BodyLimit { get; set; } = long.MaxValue;

    public long BodyBytes { get; set; }

    public HttpHeaders Trailers { get; set; } = HttpHeaders.Empty;

    // The response's body, when it is streamed.
    public IActorRef? Source { get; set; }

    public bool IsSourcePulled { get; set; }

    public ResponseFraming Framing { get; set; }

    public long SentBytes { get; set; }

    /// <summary>Whether the answer is made of the request's own body, which will therefore be read.</summary>
    public bool EchoesBody => Response?.Body.Source is { } source && source.Equals(Exchange.Connection);

    /// <summary>Nobody will answer it any more.</summary>
    public void Settle() => _isSettled = true;

    /// <summary>Memory for the next part of the body, of this many bytes at least.</summary>
    public byte[] RentPart(int size)
    {
        if (!GivesBack)
            return GC.AllocateUninitializedArray<byte>(size);
        return (_seldom ??= new Seldom()).Part = Resources.Rent(size);
    }

    /// <summary>Whoever has pulled is done with the part before, or there was none: no memory waits for the client.</summary>
    public void ReleasePart()
    {
        if (_seldom is not { Part: { } part })
            return;
        if (GivesBack)
            Resources.Return(part);
        else
            Resources.Leave(part);
        _seldom.Part = null;
    }

    /// <summary>Nobody will pull again. The reader may still use the last part, so the garbage collector takes it.</summary>
    public void LeavePart()
    {
        if (_seldom is not { Part: { } part })
            return;
        Resources.Leave(part);
        _seldom.Part = null;
    }

    /// <summary>
    /// Keeps an interim response until it can be written. When there are too many the oldest goes: what a client learns late
    /// should be how things stand, and of progress the last word says it all.
    /// </summary>
    public void Keep(InterimResponse interim)
    {
        var interims = (_seldom ??= new Seldom()).Interims ??= new Queue<InterimResponse>();
        if (interims.Count == MostInterims)
            interims.Dequeue();
        interims.Enqueue(interim);
    }

    /// <summary>The next interim response to write; null when none waits.</summary>
    public InterimResponse? TakeInterim() => _seldom is { Interims: { } interims } && interims.TryDequeue(out var next) ? next : null;

    /// <summary>What most requests never have: a slot is made for each request, and should be small.</summary>
    private sealed class Seldom
    {
        public Queue<InterimResponse>? Interims { get; set; }

        public PostponeRequest? Postponed { get; set; }

        // The rented array of the last part of the body, when its reader gives arrays back.
        public byte[]? Part { get; set; }
    }
}
