using ActorHttp.Messages;
using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

// The way in: bytes to requests, and request bodies to whoever pulls them.
internal sealed partial class ConnectionActor
{
    // The most that one BodyChunk carries, in bytes: enough for a disk, little enough to hold for each upload.
    private const int UsualChunk = 64 * 1024;

    // The lines of a chunked body must fit as well, or the reader would wait for the end of one that it is never shown.
    private int LargestChunk => Math.Max(
        UsualChunk, 64 + Math.Max(_wire.Server.Settings.Reader.ChunkExtensionSize, _wire.Server.Settings.Reader.TrailerSectionSize));

    // A body comes in pieces as large as there is room for: each costs a call, and a message to its reader.
    private int ReadSize
    {
        get
        {
            var io = _wire.Server.Settings.Io;
            return _wire.Reader.IsInBody
                ? Math.Max(io.FrameSize, Math.Min(UsualChunk, io.ReceiveWindow - _wire.Input.Count))
                : io.FrameSize;
        }
    }

    private bool CanRead
    {
        get
        {
            if (_wire.Ending != Ending.Open || _wire.IsStreamLost)
                return false;
            if (_wire.Reader.IsInBody)
                return _wire.BodySlot is null || _wire.BodySlot.IsPulled || _wire.Discarded is not null;
            return !_wire.TakesNoMore
                && !_wire.Pipeline.IsFull
                && !_wire.Pipeline.IsHeld
                && (!_wire.IsDraining || _wire.Pipeline.IsEmpty)
                && _wire.Output.Count < _wire.Server.Settings.Io.SendWindow;
        }
    }

    private void ReadOn()
    {
        // An end that was reached with the last byte is still to be told, so an empty input is no reason not to look.
        if (!CanRead || (_wire.Input.Count == 0 && !_wire.Reader.IsInBody))
        {
            CheckForTruncation();
            return;
        }

        _wire.IsDirty = true;
        var moreToSee = true;
        while (moreToSee && CanRead)
        {
            if (_wire.BodySlot is { IsPulled: true } slot && _wire.Reader.IsInBody)
                moreToSee = ReadBody(slot);
            else
                moreToSee = ReadOne();
        }

        _wire.IsDirty = false;
        CheckForTruncation();
    }

    // One event that is not a body for somebody; false when more bytes are needed.
    private bool ReadOne()
    {
        var seen = _wire.Reader.Read(_wire.Input.Unread);
        _wire.Input.Consume(seen.Consumed);
        switch (seen.Kind)
        {
            case ReadEventKind.NeedMore:
                return false;
            case ReadEventKind.Head:
                Accept(_wire.Reader.Head!);
                return true;
            case ReadEventKind.Body:
                Discard(seen.Length);
                return true;
            case ReadEventKind.End:
                EndBody();
                return true;
            default:
                Refuse(_wire.Reader.Rejection);
                return false;
        }
    }

    // Gathers what there is of a body, up to one chunk, and hands it to its reader.
    private bool ReadBody(Slot slot)
    {
        var size = Math.Min(_wire.Input.Count, LargestChunk);
        var chunk = slot.RentPart(size);
        var length = 0;
        while (true)
        {
            var unread = _wire.Input.Unread;
            var room = size - length;
            var seen = _wire.Reader.Read(unread.Length > room ? unread[..room] : unread);
            if (seen.Kind == ReadEventKind.Body)
                unread.Slice(seen.Start, seen.Length).CopyTo(chunk.AsSpan(length));
            _wire.Input.Consume(seen.Consumed);
            switch (seen.Kind)
            {
                case ReadEventKind.Body:
                    length += seen.Length;
                    slot.BodyBytes += seen.Length;
                    if (slot.BodyBytes > slot.BodyLimit)
                    {
                        Refuse(Rejection.BodyTooLarge);
                        return false;
                    }

                    if (length == size)
                    {
                        Deliver(slot, chunk.AsMemory(0, length));
                        return true;
                    }

                    break;
                case ReadEventKind.NeedMore:
                    // Only a part was shown, and a line of it has been read: what is behind that line may fit as well.
                    if (unread.Length > room && seen.Consumed > 0)
                        break;
                    if (length == 0)
                    {
                        slot.ReleasePart();
                        return false;
                    }

                    Deliver(slot, chunk.AsMemory(0, length));
                    return true;
                case ReadEventKind.End:
                    EndBody();
                    if (length > 0)
                        Deliver(slot, chunk.AsMemory(0, length));
                    else
                        DeliverEnd(slot);
                    return true;
                default:
                    Refuse(_wire.Reader.Rejection);
                    return false;
            }
        }
    }

    private void Accept(RequestHead head)
    {
        var slot = new Slot(new Exchange(Self, ++_wire.LastNumber), head);
        _wire.Pipeline.Add(slot);
        if (slot.Body == BodyProgress.Open)
        {
            _wire.BodySlot = slot;
            _wire.BodyCredit.Start(slot.Number, _wire.Server.Settings.Timeouts.RateGrace);
        }

        if (_wire.Pipeline.MayDispatchLast())
            Dispatch(slot);
    }

    private void Dispatch(Slot slot)
    {
        _progress++;
        if (slot.Head is { } head)
        {
            var request = new HttpRequest(slot.Exchange, head.Method, head.Target, head.Version, head.Headers, head.Framing.Body)
            {
                Open = slot,
                IsBehindOthers = !ReferenceEquals(slot, _wire.Pipeline.First),
            };
            _wire.Server.Router.Tell(request, Self);
        }

        slot.IsDispatched = true;
    }

    private void EndBody()
    {
        if (_wire.BodySlot is { } slot)
        {
            slot.Body = BodyProgress.Complete;
            slot.Trailers = _wire.Reader.Trailers;
            _wire.BodySlot = null;
            StopAfter(slot);
        }
        else if (_wire.Discarded is null && _wire.Pipeline.Last is { } last)
        {
            StopAfter(last);
        }

        _wire.Discarded = null;
    }

    // A request that said close is the last that is read, whatever follows it.
    private void StopAfter(Slot slot)
    {
        if (slot.IsLast)
            _wire.TakesNoMore = true;
    }

    private void Discard(int bytes)
    {
        _progress++;
        _wire.BodyCredit.Receive(bytes);
        _wire.Discarded = (_wire.Discarded ?? 0) + bytes;
        if (_wire.Discarded > _wire.Server.Settings.Limits.DiscardedBodySize)
            StartEnding();
    }

    private void OnPullBody(PullBody pull)
    {
        if (_wire.Pipeline.Find(pull.Exchange.Number) is not { } slot || slot.Body == BodyProgress.Done || _wire.Ending != Ending.Open)
        {
            Sender.Tell(new BodyFailed(pull.Exchange, "there is no body to read here"), Self);
            return;
        }

        slot.Reader = Sender;
        slot.GivesBack = pull.GivesBack;
        slot.ReleasePart();
        if (slot.Body == BodyProgress.Complete)
        {
            DeliverEnd(slot);
            return;
        }

        slot.IsPulled = true;
        SendContinue();
    }

    private void OnCancelBody(CancelBody cancel)
    {
        if (_wire.Pipeline.Find(cancel.Exchange.Number) is { Body: BodyProgress.Open } slot)
            slot.Reader = null;
    }

    private void OnLimitBody(LimitBody limit)
    {
        if (_wire.Pipeline.Find(limit.Exchange.Number) is { } slot)
            slot.BodyLimit = limit.Bytes;
    }

    // The handler of a request wants to know when nobody waits for its answer any more.
    private void OnFollow(FollowExchange follow)
    {
        if (_wire.Pipeline.Find(follow.Exchange.Number) is { Response: null } && _wire.Ending == Ending.Open)
            (_wire.Followers ??= [])[follow.Exchange.Number] = Sender;
        else
            Sender.Tell(new ExchangeEnded(follow.Exchange), Self);
    }

    private void TellFollower(Slot slot)
    {
        if (_wire.Followers is { } followers && followers.Remove(slot.Number, out var handler))
            handler.Tell(new ExchangeEnded(slot.Exchange), Self);
    }

    private void Deliver(Slot slot, ReadOnlyMemory<byte> bytes)
    {
        slot.IsPulled = false;
        slot.OwesContinue = false;
        _progress++;
        _wire.BodyCredit.Receive(bytes.Length);
        slot.Reader?.Tell(new BodyChunk(slot.Exchange, bytes), Self);
    }

    private void DeliverEnd(Slot slot)
    {
        slot.IsPulled = false;
        slot.Body = BodyProgress.Done;
        slot.ReleasePart();
        _progress++;
        slot.Reader?.Tell(new BodyEnd(slot.Exchange, slot.Trailers), Self);
    }

    // RFC 9110 §10.1.1: 100 is sent when the body is wanted, which is when somebody pulls it; never for a body that is
    // already coming, and never before the answers to earlier requests.
    private void SendContinue()
    {
        if (_wire.Pipeline.First is not { OwesContinue: true, IsPulled: true, IsHeadWritten: false } slot)
            return;
        slot.OwesContinue = false;
        if (_wire.Input.Count > 0)
            return;
        _wire.Output.Write(ResponseWriter.Continue);
        SendOutput();
    }

    // The client has ended its side. What it left unfinished will never be.
    private void CheckForTruncation()
    {
        if (!_wire.IsPeerClosed || _wire.Ending != Ending.Open || _wire.IsStreamLost)
            return;
        if (!_wire.Reader.IsInBody || _wire.Reader.RemainingLength == 0)
            return;
        if (_wire.BodySlot is { IsPulled: false } && _wire.Input.Count > 0)
            return;
        if (_wire.BodySlot is not null)
            Refuse(Rejection.BodyIncomplete);
        else
            StartEnding();
    }

    private void Refuse(Rejection rejection)
    {
        var (status, reason) = rejection.Answer();
        RefuseWith(status, reason);
    }

    // The stream cannot be trusted any more: this is the last answer, behind those of the requests before it.
    private void RefuseWith(int status, string reason)
    {
        Log.Debug("Refused with {0}: {1}", status, reason);
        _wire.IsStreamLost = true;
        _wire.Input.Clear();
        var slot = _wire.BodySlot;
        _wire.BodySlot = null;
        if (slot is null && _wire.Discarded is not null)
        {
            // The body of a request that has its answer already.
            StartEnding();
            return;
        }

        if (slot is not null)
        {
            slot.Reader?.Tell(new BodyFailed(slot.Exchange, reason), Self);
            slot.Body = BodyProgress.Done;
            slot.IsPulled = false;
            if (slot.IsHeadWritten)
            {
                Abort("the request's body broke while it was being answered");
                return;
            }

            if (slot.IsClaimed)
            {
                // Its handler acts on the request already, without the body, and answers it.
                slot.IsLast = true;
                return;
            }
        }
        else
        {
            slot = new Slot(new Exchange(Self, ++_wire.LastNumber), null) { IsDispatched = true };
            _wire.Pipeline.Add(slot);
        }

        slot.IsLast = true;
        slot.IsDispatched = true;
        AnswerInstead(slot, status, reason);
    }
}
