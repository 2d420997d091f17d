using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>The stages of the answer of an exchange.</summary>
internal enum AnswerStage
{
    /// <summary>The handler has not answered yet.</summary>
    Awaited,

    /// <summary>The handler has answered. The coding and the framing of the answer are not decided yet.</summary>
    Given,

    /// <summary>The coding and the framing are decided. No byte of the head is written yet.</summary>
    Prepared,

    /// <summary>The head is in the output or has been sent, so only the body can follow.</summary>
    Leaving,
}

/// <summary>One exchange on a connection, from the request's head to the last byte of its answer.</summary>
/// <remarks>
/// <code>
/// Awaited ──Give──▶ Given ──Prepare──▶ Prepared ──BeginHead──▶ Leaving ──▶ (leaves the pipeline)
///    │                ▲ ▲                  │
///    └────Replace─────┘ └─────Replace──────┘
/// </code>
/// Only the first exchange of a pipeline goes beyond Given. A source is set in Prepared and Leaving only, and is pulled one part
/// at a time.
/// </remarks>
internal sealed class OpenExchange : PipelineSlot, IOpenRequest
{
    // The largest number of waiting interim responses. A connection cannot slow down a handler, so this number limits the
    // memory.
    private const int MostInterims = 16;

    private volatile bool _isSettled;
    private Rare? _rare;

    /// <summary>
    /// Creates an exchange with the head of its request. The head is null when the request was refused before its head was
    /// complete.
    /// </summary>
    public OpenExchange(Exchange exchange, RequestHead? head)
        : base(exchange.Number, head?.Method.IsSafe ?? true)
    {
        Exchange = exchange;
        Head = head;
        IsLast = head is null || !head.KeepAlive;
        if (head is not null && head.Framing.Kind != FramingKind.None)
            Body = new RequestBodyState(head.ExpectsContinue);
    }

    /// <summary>The identity of the exchange. All messages about the exchange contain this identity.</summary>
    public Exchange Exchange { get; }

    /// <summary>The request's head. Null when the request was refused before its head was complete.</summary>
    public RequestHead? Head { get; }

    /// <summary>The request's body. Null when the request has no body.</summary>
    public RequestBodyState? Body { get; }

    /// <summary>Whether bytes of the request's body have not been read yet.</summary>
    public bool IsBodyComing => Body is { IsComing: true };

    /// <summary>The stage of the answer.</summary>
    public AnswerStage Stage { get; private set; }

    /// <summary>The answer. Null until the handler or the connection has answered.</summary>
    public HttpResponse? Response { get; private set; }

    /// <summary>Whether the head of the answer is written, to the output at least.</summary>
    public bool IsLeaving => Stage == AnswerStage.Leaving;

    /// <summary>
    /// Whether a handler has claimed the exchange (<see cref="ClaimExchange"/>), so that only this handler may answer.
    /// </summary>
    public bool IsClaimed { get; private set; }

    /// <summary>Whether the connection ends after this answer.</summary>
    public bool IsLast { get; private set; }

    /// <summary>The framing of the answer. Set from the stage <see cref="AnswerStage.Prepared"/> on.</summary>
    public ResponseFraming Framing { get; private set; }

    /// <summary>
    /// The actor from which the answer's body is pulled. Null when no actor is pulled, and after the end of the body.
    /// </summary>
    public IActorRef? Source { get; private set; }

    /// <summary>Whether the source has been pulled and has not sent its part yet.</summary>
    public bool IsSourcePulled { get; private set; }

    /// <summary>The number of bytes of the answer's body that were written.</summary>
    public long SentBytes { get; private set; }

    /// <inheritdoc/>
    public bool IsAwaited => !_isSettled;

    /// <summary>
    /// Whether the answer sends the request's own body back. The connection then reads the request's body for the answer.
    /// </summary>
    public bool EchoesBody => Response?.Body.Source is { } source && source.Equals(Exchange.Connection);

    /// <summary>Claims the exchange for the handler. From then on only the handler may answer.</summary>
    public void Claim()
    {
        Invariant.Holds(Stage == AnswerStage.Awaited, "An answered exchange cannot be claimed.");
        IsClaimed = true;
    }

    /// <summary>Makes the connection end after this answer, even if the request asks for keep-alive.</summary>
    public void MakeLast() => IsLast = true;

    /// <summary>Stores the handler's answer.</summary>
    public void Give(HttpResponse response)
    {
        Invariant.Holds(Stage == AnswerStage.Awaited, "An exchange has one answer.");
        Response = response;
        Stage = AnswerStage.Given;
        _isSettled = true;
    }

    /// <summary>Replaces the handler's answer with another answer. No byte of the handler's answer has been written.</summary>
    public void Replace(HttpResponse response)
    {
        Invariant.Holds(
            !IsLeaving && !IsClaimed && Source is null,
            "Only an unclaimed answer without a source and without written bytes can be replaced.");
        Response = response;
        Stage = AnswerStage.Given;
        IsSourcePulled = false;
        _isSettled = true;
    }

    /// <summary>Stores the coding and the framing of the answer.</summary>
    /// <param name="response">The answer, with its content coding applied.</param>
    /// <param name="framing">The framing of the answer.</param>
    /// <param name="source">The actor from which the body is pulled; null when no actor is pulled.</param>
    public void Prepare(HttpResponse response, in ResponseFraming framing, IActorRef? source)
    {
        Invariant.Holds(Stage == AnswerStage.Given, "An answer is prepared once.");
        Response = response;
        Framing = framing;
        Source = source;
        Stage = AnswerStage.Prepared;
    }

    /// <summary>Moves the answer to the stage <see cref="AnswerStage.Leaving"/>. Called directly before the head is written.</summary>
    public void BeginHead()
    {
        Invariant.Holds(Stage == AnswerStage.Prepared, "A head is written once.");
        IsLast = !Framing.KeepAlive;
        Stage = AnswerStage.Leaving;
    }

    /// <summary>Stores that the source has been pulled.</summary>
    public void NotePull()
    {
        Invariant.Holds(Source is not null && !IsSourcePulled, "A source is asked for one part at a time.");
        IsSourcePulled = true;
    }

    /// <summary>
    /// Counts the bytes of the part that the source has sent. Returns false when the body is longer than its declared length.
    /// </summary>
    public bool ReceivePart(int bytes)
    {
        Invariant.Holds(IsSourcePulled, "A part answers a pull.");
        IsSourcePulled = false;
        SentBytes += bytes;
        return Framing.Delimiter != BodyDelimiter.Length || SentBytes <= Framing.Length;
    }

    /// <summary>Whether the body has its declared length. Also true when the answer declares no length.</summary>
    public bool HasDeclaredLength => Framing.Delimiter != BodyDelimiter.Length || SentBytes == Framing.Length;

    /// <summary>
    /// Forgets the source and returns it, so that no more parts are pulled from it. Returns null when the exchange has no
    /// source.
    /// </summary>
    public IActorRef? ReleaseSource()
    {
        var source = Source;
        Source = null;
        return source;
    }

    /// <summary>Stores that the client no longer waits for the answer.</summary>
    public void Settle() => _isSettled = true;

    /// <summary>
    /// Keeps a postponed request. Its handler gets the request again when the exchange becomes the first of the pipeline.
    /// </summary>
    public void Postpone(PostponeRequest request) => (_rare ??= new Rare()).Postponed = request;

    /// <summary>Removes and returns the postponed request. Returns null when the handler has not postponed the request.</summary>
    public PostponeRequest? TakePostponed()
    {
        if (_rare?.Postponed is not { } postponed)
            return null;
        _rare.Postponed = null;
        return postponed;
    }

    /// <summary>
    /// Keeps an interim response until it can be written. When too many interim responses wait, the oldest is dropped. A slow
    /// client then still gets the latest state of the work.
    /// </summary>
    public void Keep(InterimResponse interim)
    {
        var interims = (_rare ??= new Rare()).Interims ??= new Queue<InterimResponse>();
        if (interims.Count == MostInterims)
            interims.Dequeue();
        interims.Enqueue(interim);
    }

    /// <summary>Removes and returns the next interim response to write. Returns null when no interim response waits.</summary>
    public InterimResponse? TakeInterim() => _rare is { Interims: { } interims } && interims.TryDequeue(out var next) ? next : null;

    /// <summary>
    /// The part of the state that most exchanges never need. Each request has an exchange, so this part is created only when
    /// needed, and the exchange stays small.
    /// </summary>
    private sealed class Rare
    {
        public Queue<InterimResponse>? Interims { get; set; }

        public PostponeRequest? Postponed { get; set; }
    }
}
