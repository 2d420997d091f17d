using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// The bodies of answers that other actors have: pulled part by part, each when the socket has taken the one before.
/// </summary>
internal sealed class Http1Sources(Http1Connection connection)
{
    /// <summary>Asks the source of the first answer for its next part, unless one is due.</summary>
    public void Pull(OpenExchange exchange)
    {
        // The bytes of a part are the connection's until the next pull: so that pull waits until the socket has taken them.
        if (exchange.IsSourcePulled || (exchange.SentBytes > 0 && !connection.Output.IsEmpty))
            return;
        exchange.Source!.Tell(new PullBody(exchange.Exchange) { GivesBack = true }, connection.Self);
        exchange.NotePull();
    }

    /// <summary>A part of the body.</summary>
    public void OnChunk(BodyChunk chunk)
    {
        if (Streaming(chunk.Exchange) is not { } exchange || !Write(exchange, chunk.Bytes))
            return;
        connection.Output.Send();

        // An empty part writes nothing, so no acknowledgement will ask for the next.
        if (!connection.Output.IsBusy)
            Pull(exchange);
    }

    /// <summary>The last part and the end in one message.</summary>
    public void OnRest(BodyRest rest)
    {
        if (Streaming(rest.Exchange) is { } exchange && Write(exchange, rest.Bytes))
            End(exchange, rest.Trailers);
    }

    /// <summary>The end of the body.</summary>
    public void OnEnd(BodyEnd end)
    {
        if (Streaming(end.Exchange) is { } exchange)
            End(exchange, end.Trailers);
    }

    /// <summary>The body will never be complete.</summary>
    public void OnFailed(BodyFailed failed)
    {
        if (Streaming(failed.Exchange) is { } exchange)
            Fail(exchange, failed.Reason);
    }

    /// <summary>An actor that is watched has stopped.</summary>
    public void OnTerminated(IActorRef source)
    {
        if (connection.Ending == Ending.Open && connection.Pipeline.First is { Source: { } current } exchange && current.Equals(source))
            Fail(exchange, "the source of a body stopped");
    }

    /// <summary>The source of this answer is needed from now on.</summary>
    public void Watch(IActorRef source)
    {
        if (!source.Equals(connection.Self))
            connection.Host.Watch(source);
    }

    /// <summary>Nothing is pulled from the exchange's source any more.</summary>
    public void Release(OpenExchange exchange)
    {
        if (exchange.ReleaseSource() is { } source && !source.Equals(connection.Self))
            connection.Host.Unwatch(source);
    }

    /// <summary>Tells a source, if there is one and it is not this connection, that nobody will pull from it.</summary>
    public void Cancel(IActorRef? source, Exchange exchange)
    {
        if (source is not null && !source.Equals(connection.Self))
            source.Tell(new CancelBody(exchange), connection.Self);
    }

    // The exchange whose source may send its next part; null when this part comes from elsewhere or too late.
    private OpenExchange? Streaming(Exchange exchange) =>
        connection.Ending == Ending.Open
        && connection.Pipeline.First is { Source: not null, IsSourcePulled: true } first
        && first.Number == exchange.Number
            ? first
            : null;

    // Answers false when the part must not be written.
    private bool Write(OpenExchange exchange, ReadOnlyMemory<byte> bytes)
    {
        connection.Deadlines.NoteProgress();
        if (!exchange.ReceivePart(bytes.Length))
        {
            Fail(exchange, "a body is longer than was declared");
            return false;
        }

        if (!exchange.IsLeaving)
            connection.Answers.WriteHead(exchange);
        if (exchange.Framing.Delimiter == BodyDelimiter.Chunked)
            ResponseWriter.WriteChunk(connection.Output.Buffer, bytes);
        else
            connection.Output.Buffer.WriteBody(bytes);
        connection.EndChange();
        return true;
    }

    private void End(OpenExchange exchange, HttpHeaders trailers)
    {
        if (!exchange.HasDeclaredLength)
        {
            Fail(exchange, "a body is shorter than was declared");
            return;
        }

        if (!exchange.IsLeaving)
            connection.Answers.WriteHead(exchange);
        WriteEnd(exchange, trailers);
        Release(exchange);
        connection.Answers.Complete(exchange);
        connection.Answers.Advance();
        connection.Output.Send();
    }

    private void WriteEnd(OpenExchange exchange, HttpHeaders trailers)
    {
        // The trailers of a body that is sent back are those of the request. They are not the answer's.
        if (exchange.EchoesBody)
            trailers = HttpHeaders.Empty;
        var leftOut = trailers.Count;
        if (exchange.Framing.Delimiter == BodyDelimiter.Chunked)
            leftOut = ResponseWriter.WriteLastChunk(connection.Output.Buffer, trailers);
        if (leftOut > 0)
            connection.Host.Log.Debug("Dropped {0} trailers of exchange {1}: they cannot be sent", leftOut, exchange.Number);
    }

    private void Fail(OpenExchange exchange, string why)
    {
        if (exchange.IsLeaving)
        {
            // A truncated answer must look truncated: no closing chunk, no quiet FIN.
            connection.Abort(why);
            return;
        }

        connection.Host.WarnOfAnswer(why);
        connection.Answers.AnswerInstead(exchange, 500, "The body of the answer could not be made.");
    }
}
