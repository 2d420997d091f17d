using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Pulls the bodies of answers from other actors, part by part. The next part is pulled when the socket has accepted all bytes
/// of the previous part.
/// </summary>
internal sealed class Http1Sources(Http1Connection connection)
{
    /// <summary>
    /// Pulls the next part from the source of the first answer. Does nothing if the source has not sent the pulled part yet, or
    /// if the socket has not accepted all bytes yet.
    /// </summary>
    public void Pull(OpenExchange exchange)
    {
        // With the next pull, the source may reuse the memory of the previous part. So the connection pulls only when the
        // socket has accepted all bytes.
        if (exchange.IsSourcePulled || (exchange.SentBytes > 0 && !connection.Output.IsEmpty))
            return;
        exchange.Source!.Tell(new PullBody(exchange.Exchange) { GivesBack = true }, connection.Self);
        exchange.NotePull();
    }

    /// <summary>Writes a part of the body.</summary>
    public void OnChunk(BodyChunk chunk)
    {
        if (Streaming(chunk.Exchange) is not { } exchange || !Write(exchange, chunk.Bytes))
            return;
        connection.Output.Send();

        // No TransportWritable follows when the socket has accepted all bytes at once, or when the part was empty. So the next
        // part is pulled here.
        if (!connection.Output.IsBusy)
            Pull(exchange);
    }

    /// <summary>Writes the last part of a body and the end of the body. Both arrive in one message.</summary>
    public void OnRest(BodyRest rest)
    {
        if (Streaming(rest.Exchange) is { } exchange && Write(exchange, rest.Bytes))
            End(exchange, rest.Trailers);
    }

    /// <summary>Writes the end of the body.</summary>
    public void OnEnd(BodyEnd end)
    {
        if (Streaming(end.Exchange) is { } exchange)
            End(exchange, end.Trailers);
    }

    /// <summary>Handles a source's report that the rest of its body will never come.</summary>
    public void OnFailed(BodyFailed failed)
    {
        if (Streaming(failed.Exchange) is { } exchange)
            Fail(exchange, failed.Reason);
    }

    /// <summary>Handles a source that has stopped before the end of its body.</summary>
    public void OnTerminated(IActorRef source)
    {
        if (connection.Ending == Ending.Open && connection.Pipeline.First is { Source: { } current } exchange && current.Equals(source))
            Fail(exchange, "the source of a body stopped");
    }

    /// <summary>Watches the source of an answer, unless this connection is the source.</summary>
    public void Watch(IActorRef source)
    {
        if (!source.Equals(connection.Self))
            connection.Host.Watch(source);
    }

    /// <summary>Forgets the source of an exchange, so that the connection pulls no more parts from this source.</summary>
    public void Release(OpenExchange exchange)
    {
        if (exchange.ReleaseSource() is { } source && !source.Equals(connection.Self))
            connection.Host.Unwatch(source);
    }

    /// <summary>
    /// Tells a source that the connection pulls no more parts. Does nothing when the source is null or is this connection.
    /// </summary>
    public void Cancel(IActorRef? source, Exchange exchange)
    {
        if (source is not null && !source.Equals(connection.Self))
            source.Tell(new CancelBody(exchange), connection.Self);
    }

    // Returns the exchange if its source may send a part now. Returns null when the exchange is not the first of the pipeline,
    // or when no part has been pulled.
    private OpenExchange? Streaming(Exchange exchange) =>
        connection.Ending == Ending.Open
        && connection.Pipeline.First is { Source: not null, IsSourcePulled: true } first
        && first.Number == exchange.Number
            ? first
            : null;

    // Writes a part of the body. Returns false, and does not write the part, when the body is longer than its declared length.
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
        // If the answer sends the request's body back, these trailers belong to the request. The answer does not send these
        // trailers.
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
            // The client must be able to see that the answer is truncated. So the server sends a reset, and no last chunk or
            // FIN.
            connection.Abort(why);
            return;
        }

        connection.Host.WarnOfAnswer(why);
        connection.Answers.AnswerInstead(exchange, 500, "The body of the answer could not be made.");
    }
}
