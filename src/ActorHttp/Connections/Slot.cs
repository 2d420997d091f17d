using System.Buffers;
using ActorHttp.Messages;
using ActorHttp.Protocol;
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
internal sealed class Slot(Exchange exchange, RequestHead? head) : PipelineSlot(exchange.Number, head?.Method.IsSafe ?? true)
{
    // Interim responses that wait. A connection cannot make a handler wait, so their number is bounded.
    private const int MostInterims = 16;

    private Queue<InterimResponse>? _interims;

    // What the last part of the body came in, when its reader gives it back. Whoever is not heard of again keeps it: then the
    // collector knows when it is done.
    private byte[]? _part;

    public Exchange Exchange { get; } = exchange;

    /// <summary>The request's head; null when it was refused before it was one.</summary>
    public RequestHead? Head { get; } = head;

    /// <summary>The answer, once there is one.</summary>
    public HttpResponse? Response { get; set; }

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

    /// <summary>Memory for the next part of the body, of this many bytes at least.</summary>
    public byte[] RentPart(int size)
    {
        if (!GivesBack)
            return GC.AllocateUninitializedArray<byte>(size);
        return _part = ArrayPool<byte>.Shared.Rent(size);
    }

    /// <summary>Whoever has pulled is done with the part before, or there was none: no memory waits for the client.</summary>
    public void ReleasePart()
    {
        if (GivesBack && _part is not null)
            ArrayPool<byte>.Shared.Return(_part);
        _part = null;
    }

    /// <summary>
    /// Keeps an interim response until it can be written. When there are too many the oldest goes: what a client learns late
    /// should be how things stand, and of progress the last word says it all.
    /// </summary>
    public void Keep(InterimResponse interim)
    {
        _interims ??= new Queue<InterimResponse>();
        if (_interims.Count == MostInterims)
            _interims.Dequeue();
        _interims.Enqueue(interim);
    }

    /// <summary>The next interim response to write; null when none waits.</summary>
    public InterimResponse? TakeInterim() => _interims is not null && _interims.TryDequeue(out var next) ? next : null;
}
