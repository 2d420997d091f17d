using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>How far the answer of an exchange has come.</summary>
internal enum AnswerStage
{
    /// <summary>The handler has not answered.</summary>
    Awaited,

    /// <summary>There is an answer; its coding and framing are not decided.</summary>
    Given,

    /// <summary>Coding and framing are decided; not a byte of the head is written.</summary>
    Prepared,

    /// <summary>The head is in the output or on the wire: nothing but the body can follow.</summary>
    Leaving,
}

/// <summary>One exchange on a connection, from the request's head to the last byte of its answer.</summary>
/// <remarks>
/// <code>
/// Awaited ──Give──▶ Given ──Prepare──▶ Prepared ──BeginHead──▶ Leaving ──▶ (leaves the pipeline)
///    │                ▲ ▲                  │
///    └────Replace─────┘ └─────Replace──────┘
/// </code>
/// Only the first of a pipeline gets past Given. A source that is set belongs to Prepared or Leaving; it is pulled one part at
/// a time.
/// </remarks>
internal sealed class OpenExchange : PipelineSlot, IOpenRequest
{
    // Interim responses that wait. A connection cannot make a handler wait, so their number is bounded.
    private const int MostInterims = 16;

    private volatile bool _isSettled;
    private Rare? _rare;

    /// <summary>An exchange that begins with this head; null for one that was refused before it had a head.</summary>
    public OpenExchange(Exchange exchange, RequestHead? head)
        : base(exchange.Number, head?.Method.IsSafe ?? true)
    {
        Exchange = exchange;
        Head = head;
        IsLast = head is null || !head.KeepAlive;
        if (head is not null && head.Framing.Kind != FramingKind.None)
            Body = new RequestBodyState(head.ExpectsContinue);
    }

    /// <summary>What the messages about it carry.</summary>
    public Exchange Exchange { get; }

    /// <summary>The request's head; null when it was refused before it was one.</summary>
    public RequestHead? Head { get; }

    /// <summary>The request's body; null when it has none.</summary>
    public RequestBodyState? Body { get; }

    /// <summary>Whether more of the request's body is to be read.</summary>
    public bool IsBodyComing => Body is { IsComing: true };

    /// <summary>How far the answer has come.</summary>
    public AnswerStage Stage { get; private set; }

    /// <summary>The answer; null while it is awaited.</summary>
    public HttpResponse? Response { get; private set; }

    /// <summary>Whether the head of the answer is written.</summary>
    public bool IsLeaving => Stage == AnswerStage.Leaving;

    /// <summary>Whether only the handler may answer (<see cref="ClaimExchange"/>).</summary>
    public bool IsClaimed { get; private set; }

    /// <summary>Whether the connection ends behind this answer.</summary>
    public bool IsLast { get; private set; }

    /// <summary>How the answer leaves. Set from <see cref="AnswerStage.Prepared"/> on.</summary>
    public ResponseFraming Framing { get; private set; }

    /// <summary>The actor that the answer's body is pulled from; null when there is none, or it has said the end.</summary>
    public IActorRef? Source { get; private set; }

    /// <summary>Whether a part is due from the source.</summary>
    public bool IsSourcePulled { get; private set; }

    /// <summary>How many bytes of the answer's body were written.</summary>
    public long SentBytes { get; private set; }

    /// <inheritdoc/>
    public bool IsAwaited => !_isSettled;

    /// <summary>Whether the answer is made of the request's own body, which will therefore be read.</summary>
    public bool EchoesBody => Response?.Body.Source is { } source && source.Equals(Exchange.Connection);

    /// <summary>From now on only the handler may answer.</summary>
    public void Claim()
    {
        Invariant.Holds(Stage == AnswerStage.Awaited, "What has an answer cannot be claimed.");
        IsClaimed = true;
    }

    /// <summary>The connection ends behind this answer, whatever the request has said.</summary>
    public void MakeLast() => IsLast = true;

    /// <summary>The handler has answered.</summary>
    public void Give(HttpResponse response)
    {
        Invariant.Holds(Stage == AnswerStage.Awaited, "An exchange has one answer.");
        Response = response;
        Stage = AnswerStage.Given;
        _isSettled = true;
    }

    /// <summary>Another answer takes the place of what there is. Nothing of that has been written.</summary>
    public void Replace(HttpResponse response)
    {
        Invariant.Holds(!IsLeaving && !IsClaimed && Source is null, "An answer on the wire, a claimed one and one with a source stay.");
        Response = response;
        Stage = AnswerStage.Given;
        IsSourcePulled = false;
        _isSettled = true;
    }

    /// <summary>Coding and framing of the answer are decided.</summary>
    /// <param name="response">The answer, coded.</param>
    /// <param name="framing">How it leaves.</param>
    /// <param name="source">Where its body is pulled from; null when there is nothing to pull.</param>
    public void Prepare(HttpResponse response, in ResponseFraming framing, IActorRef? source)
    {
        Invariant.Holds(Stage == AnswerStage.Given, "An answer is prepared once.");
        Response = response;
        Framing = framing;
        Source = source;
        Stage = AnswerStage.Prepared;
    }

    /// <summary>The head is written next.</summary>
    public void BeginHead()
    {
        Invariant.Holds(Stage == AnswerStage.Prepared, "A head is written once.");
        IsLast = !Framing.KeepAlive;
        Stage = AnswerStage.Leaving;
    }

    /// <summary>The source has been asked for the next part.</summary>
    public void NotePull()
    {
        Invariant.Holds(Source is not null && !IsSourcePulled, "A source is asked for one part at a time.");
        IsSourcePulled = true;
    }

    /// <summary>The part that was due has come, with so many bytes. Answers false when they are more than were declared.</summary>
    public bool ReceivePart(int bytes)
    {
        Invariant.Holds(IsSourcePulled, "A part answers a pull.");
        IsSourcePulled = false;
        SentBytes += bytes;
        return Framing.Delimiter != BodyDelimiter.Length || SentBytes <= Framing.Length;
    }

    /// <summary>Whether the body has the length that was declared, or none was.</summary>
    public bool HasDeclaredLength => Framing.Delimiter != BodyDelimiter.Length || SentBytes == Framing.Length;

    /// <summary>Nothing is pulled from the source any more. Answers which it was; null for none.</summary>
    public IActorRef? ReleaseSource()
    {
        var source = Source;
        Source = null;
        return source;
    }

    /// <summary>Nobody waits for the answer any more.</summary>
    public void Settle() => _isSettled = true;

    /// <summary>The handler wants the request again when it is the first.</summary>
    public void Postpone(PostponeRequest request) => (_rare ??= new Rare()).Postponed = request;

    /// <summary>The request that its handler wants again; null for none. It is taken once.</summary>
    public PostponeRequest? TakePostponed()
    {
        if (_rare?.Postponed is not { } postponed)
            return null;
        _rare.Postponed = null;
        return postponed;
    }

    /// <summary>
    /// Keeps an interim response until it can be written. When there are too many the oldest goes: a client that learns late
    /// should learn how things stand now.
    /// </summary>
    public void Keep(InterimResponse interim)
    {
        var interims = (_rare ??= new Rare()).Interims ??= new Queue<InterimResponse>();
        if (interims.Count == MostInterims)
            interims.Dequeue();
        interims.Enqueue(interim);
    }

    /// <summary>The next interim response to write; null when none waits.</summary>
    public InterimResponse? TakeInterim() => _rare is { Interims: { } interims } && interims.TryDequeue(out var next) ? next : null;

    /// <summary>What most exchanges never have: there is one of these for each request, and it should be small.</summary>
    private sealed class Rare
    {
        public Queue<InterimResponse>? Interims { get; set; }

        public PostponeRequest? Postponed { get; set; }
    }
}
