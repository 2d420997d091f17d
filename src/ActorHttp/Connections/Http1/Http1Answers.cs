using ActorHttp.Fields;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>Turns the handlers' answers into bytes, in the order of their requests (RFC 9112 §9.3.2).</summary>
internal sealed class Http1Answers(Http1Connection connection)
{
    private byte[] _date = [];

    // The handlers that asked for a message when the client no longer waits for their answer. The key is the number of the
    // exchange. Null until the first handler asks.
    private Dictionary<long, IActorRef>? _followers;

    // The Date field of the next answer. All answers of one write share the same Date field.
    private ReadOnlySpan<byte> Date => connection.Output.IsFlushDue ? _date : _date = connection.Server.Date.Current;

    /// <summary>Accepts a handler's answer.</summary>
    public void OnResponse(HttpResponse response)
    {
        var exchange = connection.Pipeline.Find(response.Exchange.Number);
        if (exchange is not { Stage: AnswerStage.Awaited })
        {
            // Drops an answer that comes too late (after a timeout, for example), or a second answer to the same exchange.
            connection.Host.Log.Debug(
                "Dropped an answer of {0}: exchange {1} has one, or is over", connection.Host.Sender, response.Exchange.Number);
            connection.Sources.Cancel(response.Body.Source, response.Exchange);
            return;
        }

        exchange.Give(response.Status is >= 200 and <= 599
            ? response
            : HttpResponse.Error(response.Exchange, 500, $"The handler answered with status {response.Status}, which is no final status."));
        _followers?.Remove(exchange.Number);
        if (ReferenceEquals(exchange, connection.Pipeline.First))
            Advance();
        SendSoon();
    }

    /// <summary>Accepts a handler's interim response (RFC 9110 §15.2).</summary>
    public void OnInterim(InterimResponse interim)
    {
        if (connection.Ending != Ending.Open || connection.Pipeline.Find(interim.Exchange.Number) is not { IsLeaving: false } exchange)
            return;

        // The connection waits for the handler of the first exchange. Interim responses of other handlers do not extend the
        // deadline of this wait.
        if (ReferenceEquals(exchange, connection.Pipeline.First))
            connection.Deadlines.NoteProgress();

        // RFC 9110 §15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client."
        if (exchange.Head is null or { Version: HttpVersion.Http10 })
            return;
        exchange.Keep(interim);
        SendInterims();
    }

    /// <summary>
    /// Sends the interim responses of the first exchange. Does nothing while a write is unfinished. Otherwise the output would
    /// grow without limit when the client does not read.
    /// </summary>
    public void SendInterims()
    {
        if (connection.Output.IsBusy || connection.Pipeline.First is not { IsLeaving: false } exchange)
            return;
        if (WriteInterims(exchange))
            connection.Output.Send();
    }

    /// <summary>
    /// Writes all answers that may be written now: the first answer, and the complete answers behind it in the pipeline.
    /// </summary>
    public void Advance()
    {
        while (connection.Ending == Ending.Open && connection.Pipeline.First is { Response: { } response } exchange)
        {
            // Once the head has begun, an exception loses the position in the stream. Before the head, the answer can still be
            // replaced.
            if (exchange.IsLeaving)
                connection.BeginChange();
            else
                connection.EndChange();
            if (exchange.Stage == AnswerStage.Given)
                Prepare(exchange, response);
            if (exchange.Source is not null)
            {
                connection.Sources.Pull(exchange);
                break;
            }

            WriteHead(exchange);
            if (exchange.Framing.SendsBody)
                connection.Output.Buffer.WriteBody(exchange.Response!.Body.Bytes);
            Complete(exchange);
        }

        connection.EndChange();
        if (connection.Ending != Ending.Open)
            return;
        SendInterims();
        connection.Bodies.SendContinue();
    }

    /// <summary>Writes the interim responses of the exchange, and then the head of its prepared answer.</summary>
    public void WriteHead(OpenExchange exchange)
    {
        var response = exchange.Response!;
        WriteInterims(exchange);
        exchange.BeginHead();
        connection.BeginChange();
        if (connection.Server.LogsRequests)
        {
            connection.Host.Log.Debug(
                "{0} {1} {2}", exchange.Head?.Method.Name ?? "(refused)", exchange.Head?.Target.ToString() ?? "", response.Status);
        }

        ResponseWriter.WriteHead(
            connection.Output.Buffer, exchange.Head?.Version ?? HttpVersion.Http11, response.Status, response.Headers, exchange.Framing,
            Date);
    }

    /// <summary>
    /// Answers an exchange with an error of the connection itself, instead of the handler's answer, and sends the error.
    /// </summary>
    public void AnswerInstead(OpenExchange exchange, int status, string reason)
    {
        Replace(exchange, status, reason);
        Advance();
        connection.Output.Send();
    }

    /// <summary>
    /// Replaces the handler's answer with an error of the connection itself. Called only before the first byte of the handler's
    /// answer is written. Resets the connection when the handler has claimed the exchange.
    /// </summary>
    public void Replace(OpenExchange exchange, int status, string reason)
    {
        if (exchange.IsClaimed)
        {
            connection.Abort($"the handler has claimed the exchange, so the connection cannot answer {status} itself");
            return;
        }

        CancelSource(exchange);
        connection.Sources.Release(exchange);
        exchange.Replace(HttpResponse.Error(exchange.Exchange, status, reason));
        TellFollower(exchange);
    }

    /// <summary>Finishes the first exchange after the last byte of its answer. Then continues with the next exchange.</summary>
    public void Complete(OpenExchange exchange)
    {
        Invariant.Holds(
            ReferenceEquals(exchange, connection.Pipeline.First) && exchange.IsLeaving, "Answers end in the order of the requests.");
        connection.Pipeline.RemoveFirst();
        connection.Deadlines.NoteProgress();
        if (connection.Pipeline.First?.TakePostponed() is { } postponed)
            Repeat(postponed);
        if (exchange.IsBodyComing)
            connection.Input.DiscardBodyOf(exchange);
        exchange.Body?.LeavePart();
        if (exchange.IsLast)
            connection.StartEnding();
        else if (connection.Pipeline.IsHeld && connection.Pipeline.MayDispatchLast())
            connection.Input.Dispatch(connection.Pipeline.Last!);
    }

    /// <summary>
    /// Handles a handler's claim on an exchange. A handler claims an exchange before a step that the handler cannot undo.
    /// </summary>
    public void OnClaim(ClaimExchange claim)
    {
        var exchange = connection.Ending == Ending.Open ? connection.Pipeline.Find(claim.Exchange.Number) : null;
        var isGranted = exchange is { Stage: AnswerStage.Awaited };
        if (isGranted)
            exchange!.Claim();
        connection.Host.Sender.Tell(new ExchangeClaimed(claim.Exchange, isGranted), connection.Self);
    }

    /// <summary>Resets the connection, because a handler has failed in a step for which it had claimed the exchange.</summary>
    public void OnDrop(DropExchange drop)
    {
        if (connection.Pipeline.Find(drop.Exchange.Number) is { Stage: AnswerStage.Awaited })
            connection.Abort(drop.Reason);
    }

    /// <summary>Sends the request to the handler a second time when the exchange becomes the first of the pipeline.</summary>
    public void OnPostpone(PostponeRequest postpone)
    {
        if (connection.Ending != Ending.Open
            || connection.Pipeline.Find(postpone.Exchange.Number) is not { Stage: AnswerStage.Awaited } exchange)
        {
            return;
        }

        if (ReferenceEquals(exchange, connection.Pipeline.First))
            Repeat(postpone);
        else
            exchange.Postpone(postpone);
    }

    /// <summary>
    /// Stores a handler that wants a message when the client no longer waits for the handler's answer. Sends this message at
    /// once if the client already does not wait.
    /// </summary>
    public void OnFollow(FollowExchange follow)
    {
        if (connection.Pipeline.Find(follow.Exchange.Number) is { Stage: AnswerStage.Awaited } && connection.Ending == Ending.Open)
            (_followers ??= [])[follow.Exchange.Number] = connection.Host.Sender;
        else
            connection.Host.Sender.Tell(new ExchangeEnded(follow.Exchange), connection.Self);
    }

    /// <summary>Tells the handler and the source of an exchange that the client no longer waits for the answer.</summary>
    public void Abandon(OpenExchange exchange, string why)
    {
        exchange.Settle();
        exchange.Body?.LeavePart();
        exchange.Body?.Fail(exchange.Exchange, why);
        CancelSource(exchange);
        TellFollower(exchange);
    }

    private static HttpResponse Varying(HttpResponse response)
    {
        var headers = response.Headers.WithVary(FieldNames.AcceptEncoding);
        return ReferenceEquals(headers, response.Headers) ? response : response with { Headers = headers };
    }

    // Decides the coding and the framing of an answer. The head of a streamed answer is written together with the first part of
    // its body. So head and part need only one write, and a source that fails before its first part still leads to a 500.
    private void Prepare(OpenExchange exchange, HttpResponse response)
    {
        var echoesBody = exchange.EchoesBody;
        response = Code(exchange, response);
        var method = exchange.Head?.Method ?? RequestMethod.Get;
        var version = exchange.Head?.Version ?? HttpVersion.Http11;
        var framing = ResponseFraming.Of(method, version, keepAlive: true, response.Status, response.Body.Length);

        // Whether the answer uses the request's body. A 406 that replaces an echo does not use the body.
        var readsBody = echoesBody && framing.SendsBody && response.Body.Source is not null;
        framing = framing with { KeepAlive = framing.KeepAlive && !IsLast(exchange, response, readsBody) };
        var source = response.Body.Source;
        exchange.Prepare(response, framing, framing.SendsBody ? source : null);
        if (source is null)
            return;
        if (framing.SendsBody)
            connection.Sources.Watch(source);
        else
            connection.Sources.Cancel(source, exchange.Exchange);
    }

    // Whether the connection must end after this answer.
    private bool IsLast(OpenExchange exchange, HttpResponse response, bool readsBody)
    {
        if (exchange.IsLast || (connection.IsDraining && ReferenceEquals(exchange, connection.Pipeline.Last)))
            return true;
        if (response.Headers.Count > 0
            && response.Headers[FieldNames.Connection] is { } wish
            && wish.Contains("close", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // No actor will pull the rest of the request's body. The connection must end in two cases: a client that waits for 100
        // Continue may never send the rest, or the rest is too large to discard.
        return exchange.Body is { IsComing: true } body
            && !readsBody
            && (body.OwesContinue || connection.Input.RemainingLength > connection.Settings.Limits.DiscardedBodySize);
    }

    private HttpResponse Code(OpenExchange exchange, HttpResponse response)
    {
        if (exchange.Head is not { } head)
            return response;
        var settings = connection.Settings.Coding;
        var plan = CodingPlan.For(head.AcceptEncoding, response.Status, response.Headers, response.Body.Length, response.Coding, settings);
        if (plan.IsNotAcceptable)
        {
            connection.Sources.Cancel(response.Body.Source, exchange.Exchange);
            var refusal = HttpResponse.Error(
                exchange.Exchange, 406, "None of the content codings that the client accepts is offered here.");
            if (response.Headers["Vary"] is { } vary)
                refusal = refusal.With("Vary", vary);
            return Varying(refusal);
        }

        if (plan.Coding == ContentCoding.Identity)
            return plan.Varies ? Varying(response) : response;
        var headers = plan.HeadersOf(response.Headers);
        if (response.Body.Source is null && response.Body.Bytes.Length <= settings.WholeSize)
        {
            return response with
            {
                Headers = headers,
                Body = ResponseBody.Of(ContentEncoder.Encode(plan.Coding, settings.Level, response.Body.Bytes.Span)),
            };
        }

        if (head.Method == RequestMethod.Head)
        {
            connection.Sources.Cancel(response.Body.Source, exchange.Exchange);
            return response with { Headers = headers, Body = ResponseBody.From(ActorRefs.Nobody) };
        }

        var coder = connection.Host.Create(CodingActor.Props(exchange.Exchange, plan.Coding, settings.Level, response.Body));
        return response with { Headers = headers, Body = ResponseBody.From(coder) };
    }

    private bool WriteInterims(OpenExchange exchange)
    {
        var hasWritten = false;
        while (exchange.TakeInterim() is { } interim)
        {
            ResponseWriter.WriteInterim(connection.Output.Buffer, interim.Status, interim.Headers);
            hasWritten = true;
        }

        return hasWritten;
    }

    private bool IsAnotherAnswerDue()
    {
        for (var i = 0; i < connection.Pipeline.Count; i++)
        {
            if (connection.Pipeline[i].Stage == AnswerStage.Awaited)
                return true;
        }

        return connection.Pipeline.First is { IsSourcePulled: true };
    }

    private void CancelSource(OpenExchange exchange) =>
        connection.Sources.Cancel(exchange.Source ?? exchange.Response?.Body.Source, exchange.Exchange);

    // Sends the output at once if no other answer is expected soon. Otherwise sends the output after the answers that are
    // already in the mailbox.
    private void SendSoon()
    {
        var output = connection.Output;
        if (output.Waiting == 0 || output.IsBusy)
            return;
        if (output.IsWorthSending || !IsAnotherAnswerDue())
            output.Send();
        else
            output.SendBehindMailbox(connection.Self);
    }

    private void Repeat(PostponeRequest postponed) =>
        postponed.By.Tell(postponed.Request with { IsBehindOthers = false }, connection.Self);

    private void TellFollower(OpenExchange exchange)
    {
        if (_followers is { } followers && followers.Remove(exchange.Number, out var handler))
            handler.Tell(new ExchangeEnded(exchange.Exchange), connection.Self);
    }
}
