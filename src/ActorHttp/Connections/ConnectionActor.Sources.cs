using ActorHttp.Logging;
using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

// The way out of a body that somebody else has: pulled part by part, each when the socket has taken the last.
internal sealed partial class ConnectionActor
{
    private void PullSource(Slot slot)
    {
        // A chunk's bytes are ours until the next pull: so that pull waits until the socket has taken them.
        if (slot.IsSourcePulled || (slot.SentBytes > 0 && (_wire.InFlight > 0 || !_wire.Output.IsEmpty)))
            return;
        slot.Source!.Tell(new PullBody(slot.Exchange) { GivesBack = true }, Self);
        slot.IsSourcePulled = true;
    }

    // The slot whose source may send its next part; null when this part comes from elsewhere or too late.
    private Slot? Streaming(Exchange exchange) =>
        _wire.Ending == Ending.Open
        && _wire.Pipeline.First is { Source: not null, IsSourcePulled: true } slot
        && slot.Number == exchange.Number
            ? slot
            : null;

    private void OnBodyChunk(BodyChunk chunk)
    {
        if (Streaming(chunk.Exchange) is not { } slot || !WritePart(slot, chunk.Bytes))
            return;
        SendOutput();

        // An empty part writes nothing, so no acknowledgement will ask for the next.
        if (_wire.InFlight == 0)
            PullSource(slot);
    }

    private void OnBodyRest(BodyRest rest)
    {
        if (Streaming(rest.Exchange) is { } slot && WritePart(slot, rest.Bytes))
            EndSource(slot);
    }

    // False when it must not be written.
    private bool WritePart(Slot slot, ReadOnlyMemory<byte> bytes)
    {
        slot.IsSourcePulled = false;
        slot.SentBytes += bytes.Length;
        _progress++;
        if (slot.Framing.Delimiter == BodyDelimiter.Length && slot.SentBytes > slot.Framing.Length)
        {
            FailSource(slot, "a body is longer than was declared");
            return false;
        }

        if (!slot.IsHeadWritten)
            WriteHead(slot);
        if (slot.Framing.Delimiter == BodyDelimiter.Chunked)
            ResponseWriter.WriteChunk(_wire.Output, bytes);
        else
            _wire.Output.WriteBody(bytes);
        _wire.IsDirty = false;
        return true;
    }

    private void OnBodyEnd(BodyEnd end)
    {
        if (Streaming(end.Exchange) is { } slot)
            EndSource(slot);
    }

    private void EndSource(Slot slot)
    {
        if (slot.Framing.Delimiter == BodyDelimiter.Length && slot.SentBytes != slot.Framing.Length)
        {
            FailSource(slot, "a body is shorter than was declared");
            return;
        }

        if (!slot.IsHeadWritten)
            WriteHead(slot);
        if (slot.Framing.Delimiter == BodyDelimiter.Chunked)
            _wire.Output.Write(ResponseWriter.LastChunk);
        ReleaseSource(slot);
        Complete(slot);
        Advance();
        SendOutput();
    }

    private void OnBodyFailed(BodyFailed failed)
    {
        if (Streaming(failed.Exchange) is { } slot)
            FailSource(slot, failed.Reason);
    }

    private void OnSourceGone(IActorRef source)
    {
        if (_wire.Ending == Ending.Open && _wire.Pipeline.First is { Source: { } current } slot && current.Equals(source))
            FailSource(slot, "the source of a body stopped");
    }

    private void FailSource(Slot slot, string why)
    {
        if (slot.IsHeadWritten)
        {
            // A truncated answer must look truncated: no closing chunk, no quiet FIN.
            Abort(why);
            return;
        }

        // The source is the listener: its connections are many, and what failed is a handler's doing.
        RequestLog.Of(Context.System).Warning(Context.Parent.Path.ToString(), GetType(), "answer became 500", $"An answer became a 500: {why}");
        AnswerInstead(slot, 500, "The body of the answer could not be made.");
    }

    // Tells a source, if there is one and it is not ourselves, that nobody will pull from it.
    private void Cancel(IActorRef? source, Exchange exchange)
    {
        if (source is not null && !source.Equals(Self))
            source.Tell(new CancelBody(exchange), Self);
    }

    private void ReleaseSource(Slot slot)
    {
        if (!slot.Source!.Equals(Self))
            Context.Unwatch(slot.Source);
        slot.Source = null;
    }
}
