using ActorHttp.Fields;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Semantics;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

// The way out: answers, in the order of their requests, to bytes.
internal sealed partial class ConnectionActor
{
    // With this much waiting a write is worth its system call, whatever else may still come.
    private const int WorthSending = 16 * 1024;

    private byte[] _date = [];

    private void OnResponse(HttpResponse response)
    {
        var slot = _wire.Pipeline.Find(response.Exchange.Number);
        if (slot is null || slot.Response is not null)
        {
            // Too late (after a timeout, say) or a second one: nobody waits for it.
            Log.Debug("An answer of {0} came for exchange {1}, which has one", Sender, response.Exchange.Number);
            Cancel(response.Body.Source, response.Exchange);
            return;
        }

        slot.Response = response.Status is >= 200 and <= 599
            ? response
            : HttpResponse.Error(response.Exchange, 500, $"The handler answered with status {response.Status}, which is no final status.");
        _wire.Followers?.Remove(slot.Number);
        if (ReferenceEquals(slot, _wire.Pipeline.First))
            Advance();
        SendSoon();
    }

    private void OnInterim(InterimResponse interim)
    {
        if (_wire.Ending != Ending.Open || _wire.Pipeline.Find(interim.Exchange.Number) is not { IsHeadWritten: false } slot)
            return;

        // It is the first that is waited for: what the others say does not excuse its silence.
        if (ReferenceEquals(slot, _wire.Pipeline.First))
            _progress++;

        // RFC 9110 §15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client."
        if (slot.Head is null or { Version: HttpVersion.Http10 })
            return;
        slot.Keep(interim);
        SendInterims();
    }

    // Not while the socket is still busy: a client that does not read would have them gather in the output without a bound.
    private void SendInterims()
    {
        if (_wire.InFlight > 0 || _wire.Pipeline.First is not { IsHeadWritten: false } slot)
            return;
        if (WriteInterims(slot))
            SendOutput();
    }

    private bool WriteInterims(Slot slot)
    {
        var hasWritten = false;
        while (slot.TakeInterim() is { } interim)
        {
            ResponseWriter.WriteInterim(_wire.Output, interim.Status, interim.Headers);
            hasWritten = true;
        }

        return hasWritten;
    }

    // Writes all that may be written: the first answer, and those behind it that are complete.
    private void Advance()
    {
        while (_wire.Ending == Ending.Open && _wire.Pipeline.First is { Response: not null } slot)
        {
            // From the first byte of a head on there is no way back; before it, the answer can still become another.
            _wire.IsDirty = slot.IsHeadWritten;
            if (!slot.IsPrepared)
                Prepare(slot, slot.Response);
            if (slot.Source is not null)
            {
                PullSource(slot);
                break;
            }

            WriteHead(slot);
            if (slot.Framing.SendsBody)
                _wire.Output.WriteBody(slot.Response.Body.Bytes);
            Complete(slot);
        }

        _wire.IsDirty = false;
        if (_wire.Ending != Ending.Open)
            return;
        SendInterims();
        SendContinue();
    }

    // Decides how the answer travels. The head of a streamed one is not written before there is a first part: until then
    // a source that fails is still a 500, and head and first part share one write.
    private void Prepare(Slot slot, HttpResponse response)
    {
        var echoesBody = slot.EchoesBody;
        response = Code(slot, response);
        slot.Response = response;
        slot.IsPrepared = true;
        var method = slot.Head?.Method ?? RequestMethod.Get;
        var version = slot.Head?.Version ?? HttpVersion.Http11;
        var framing = ResponseFraming.Of(method, version, keepAlive: true, response.Status, response.Body.Length);

        // Whether the request's body will be read for this answer; a 406 in place of an echo does not read it.
        var readsBody = echoesBody && framing.SendsBody && response.Body.Source is not null;
        slot.Framing = framing with { KeepAlive = framing.KeepAlive && !IsLast(slot, response, readsBody) };
        if (response.Body.Source is not { } source)
            return;
        if (slot.Framing.SendsBody)
        {
            slot.Source = source;
            if (!source.Equals(Self))
                Context.Watch(source);
        }
        else
        {
            Cancel(source, slot.Exchange);
        }
    }

    private void WriteHead(Slot slot)
    {
        var response = slot.Response!;
        WriteInterims(slot);
        slot.IsLast = !slot.Framing.KeepAlive;
        slot.IsHeadWritten = true;
        _wire.IsDirty = true;
        if (_wire.Server.LogsRequests)
            Log.Debug("{0} {1} {2}", slot.Head?.Method.Name ?? "(refused)", slot.Head?.Target.ToString() ?? "", response.Status);
        ResponseWriter.WriteHead(
            _wire.Output, slot.Head?.Version ?? HttpVersion.Http11, response.Status, response.Headers, slot.Framing, Date);
    }

    // Answers that leave together have one date.
    private ReadOnlySpan<byte> Date => _flushScheduled ? _date : _date = _wire.Server.Date.Current;

    private void AnswerInstead(Slot slot, int status, string reason)
    {
        Replace(slot, status, reason);
        Advance();
        SendOutput();
    }

    private void OnClaim(ClaimExchange claim)
    {
        var slot = _wire.Ending == Ending.Open ? _wire.Pipeline.Find(claim.Exchange.Number) : null;
        if (slot is { Response: null })
            slot.IsClaimed = true;
        Sender.Tell(new ExchangeClaimed(claim.Exchange, slot is { Response: null }), Self);
    }

    private void OnDrop(DropExchange drop)
    {
        if (_wire.Pipeline.Find(drop.Exchange.Number) is { Response: null })
            Abort(drop.Reason);
    }

    private void OnPostpone(PostponeRequest postpone)
    {
        if (_wire.Ending != Ending.Open || _wire.Pipeline.Find(postpone.Exchange.Number) is not { Response: null } slot)
            return;
        if (ReferenceEquals(slot, _wire.Pipeline.First))
            Repeat(postpone);
        else
            slot.Postponed = postpone;
    }

    private void Repeat(PostponeRequest postponed) => postponed.By.Tell(postponed.Request with { IsBehindOthers = false }, Self);

    // The answer that the handler gave is lost, and its head has not been written: this one takes its place.
    private void Replace(Slot slot, int status, string reason)
    {
        if (slot.IsClaimed)
        {
            Abort($"only the handler may answer what it has claimed, and this would have been {status}");
            return;
        }

        Cancel(slot.Source ?? slot.Response?.Body.Source, slot.Exchange);
        if (slot.Source is not null)
            ReleaseSource(slot);
        slot.IsPrepared = false;
        slot.IsSourcePulled = false;
        slot.Response = HttpResponse.Error(slot.Exchange, status, reason);
        TellFollower(slot);
    }

    // Whether the connection must end behind this answer.
    private bool IsLast(Slot slot, HttpResponse response, bool readsBody)
    {
        if (slot.IsLast || (_wire.IsDraining && ReferenceEquals(slot, _wire.Pipeline.Last)))
            return true;
        if (response.Headers.Count > 0 && response.Headers[FieldNames.Connection] is { } wish && wish.Contains("close", StringComparison.OrdinalIgnoreCase))
            return true;

        // A body that nobody will read: the client may never send it when it waits for 100, and is too much to throw away
        // when it is large.
        return slot.Body == BodyProgress.Open
            && !readsBody
            && (slot.OwesContinue || _wire.Reader.RemainingLength > _wire.Server.Settings.Limits.DiscardedBodySize);
    }

    private void Complete(Slot slot)
    {
        _wire.Pipeline.RemoveFirst();
        _progress++;
        if (_wire.Pipeline.First is { Postponed: { } postponed } next)
        {
            next.Postponed = null;
            Repeat(postponed);
        }

        if (slot.Body == BodyProgress.Open)
        {
            // Answered early. The rest of the body is thrown away as it comes, so that the next request can be found.
            slot.Reader?.Tell(new BodyFailed(slot.Exchange, "the request has been answered"), Self);
            _wire.BodySlot = null;
            _wire.Discarded = 0;
            _wire.BodyCredit.Renew(_wire.Server.Settings.Timeouts.RateGrace);
        }

        slot.Body = BodyProgress.Done;
        slot.LeavePart();
        if (slot.IsLast)
            StartEnding();
        else if (_wire.Pipeline.IsHeld && _wire.Pipeline.MayDispatchLast())
            Dispatch(_wire.Pipeline.Last!);
    }

    // What is in the output is the last that this connection says.
    private void StartEnding()
    {
        if (_wire.Ending != Ending.Open)
            return;
        _wire.Ending = Ending.Finishing;
        Abandon("the connection closes");
        SendOutput();
    }

    private HttpResponse Code(Slot slot, HttpResponse response)
    {
        if (slot.Head is not { } head)
            return response;
        var settings = _wire.Server.Settings.Coding;
        var plan = CodingPlan.For(head.AcceptEncoding, response.Status, response.Headers, response.Body.Length, response.Coding, settings);
        if (plan.IsNotAcceptable)
        {
            Cancel(response.Body.Source, slot.Exchange);
            var refusal = HttpResponse.Error(slot.Exchange, 406, "None of the content codings that the client accepts is offered here.");
            if (response.Headers["Vary"] is { } vary)
                refusal = refusal with { Headers = refusal.Headers.Add("Vary", vary) };
            return Varying(refusal);
        }

        if (plan.Coding == ContentCoding.Identity)
            return plan.Varies ? Varying(response) : response;
        var headers = plan.HeadersOf(response.Headers);
        if (response.Body.Source is null && response.Body.Bytes.Length <= settings.WholeSize)
            return response with { Headers = headers, Body = ResponseBody.Of(ContentEncoder.Encode(plan.Coding, settings.Level, response.Body.Bytes.Span)) };
        if (head.Method == RequestMethod.Head)
        {
            Cancel(response.Body.Source, slot.Exchange);
            return response with { Headers = headers, Body = ResponseBody.From(ActorRefs.Nobody) };
        }

        var coder = Context.ActorOf(CodingActor.Props(slot.Exchange, plan.Coding, settings.Level, response.Body));
        return response with { Headers = headers, Body = ResponseBody.From(coder) };
    }

    private static HttpResponse Varying(HttpResponse response)
    {
        var headers = response.Headers.WithVary(FieldNames.AcceptEncoding);
        return ReferenceEquals(headers, response.Headers) ? response : response with { Headers = headers };
    }

    // At once when nobody else is about to answer; otherwise behind the answers that are in the mailbox already, so that
    // they share one system call.
    private void SendSoon()
    {
        if (_wire.Output.IsEmpty || _wire.InFlight > 0)
            return;
        if (_wire.Output.Count >= WorthSending || !IsAnybodyWorking())
        {
            SendOutput();
        }
        else if (!_flushScheduled)
        {
            _flushScheduled = true;
            Self.Tell(Flush.Instance, Self);
        }
    }

    private bool IsAnybodyWorking()
    {
        for (var i = 0; i < _wire.Pipeline.Count; i++)
        {
            if (_wire.Pipeline[i].Response is null)
                return true;
        }

        return _wire.Pipeline.First is { IsSourcePulled: true };
    }

    // One write at a time: what comes meanwhile leaves with the next, and what is in memory is bounded.
    private void SendOutput()
    {
        if (_wire.InFlight > 0 || _wire.Output.IsEmpty || _wire.Ending >= Ending.Closing)
            return;
        _wire.Writes++;
        var length = _wire.Output.Count;
        _wire.InFlight = _wire.Transport.Write(_wire.Output.Take(), length);
        if (_wire.InFlight == 0)
            _wire.Output.Release();
    }

    // Each step counts for the client; the last makes room for what has gathered meanwhile.
    private void OnWritten(int stillInFlight)
    {
        _wire.InFlight = stillInFlight;
        _wire.Writes++;
        if (stillInFlight > 0)
            return;
        _wire.Output.Release();
        SendInterims();
        SendOutput();
        if (_wire.InFlight == 0 && _wire.Pipeline.First is { Source: not null })
            Advance();
    }
}
