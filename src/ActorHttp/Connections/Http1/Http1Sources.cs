using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// Pulls the bodies of answers from other actors, part by part. Each part is pulled when the socket has taken the previous
/// part.
/// </summary>
internal sealed class Http1Sources(Http1Connection connection)
{
    /// <summary>
    /// Asks the source of the first answer for its next part, unless a part is due or the socket has not taken all bytes.
    /// </summary>
    public void Pull(OpenExchange exchange)
    {
        // The next pull allows the source to reuse the memory of the last part. So the pull waits until the socket has taken
        // all bytes.
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

        // When the socket took all bytes at once, or the part was empty, no TransportWritable follows. So the next part is
        // pulled here.
        if (!connection.Output.IsBusy)
            Pull(exchange);
    }

    /// <summary>Writes the last part and the end of the body, which come in one message.</summary>
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

    /// <summary>Handles a body that will never be complete.</summary>
    public void OnFailed(BodyFailed failed)
    {
        if (Streaming(failed.Exchange) is { } exchange)
            Fail(exchange, failed.Reason);
    }

    /// <summary>Handles the end of a source that stopped before the end of its body.</summary>
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

    /// <summary>Forgets the source of an exchange, so that nothing is pulled from it any more.</summary>
    public void Release(OpenExchange exchange)
    {
        if (exchange.ReleaseSource() is { } source && !source.Equals(connection.Self))
            connection.Host.Unwatch(source);
    }

    /// <summary>Tells a source that nothing will be pulled from it. Does nothing when the source is null or this connection.</summary>
    public void Cancel(IActorRef? source, Exchange exchange)
    {
        if (source is not null && !source.Equals(connection.Self))
            source.Tell(new CancelBody(exchange), connection.Self);
    }

    // Returns the exchange whose source may send its next part. Returns null when this exchange is not the first, or no part is
    // due.
    private OpenExchange? Streaming(Exchange exchange) =>
        connection.Ending == Ending.Open
        && connection.Pipeline.First is { Source: not null, IsSourcePulled: true } first
        && first.Number == exchange.Number
            ? first
            : null;

    // Writes a part of the body. Returns false when the body is longer than its declared length: the part is not written.
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
        // When the answer sends the request's body back, these trailers belong to the request and not to the answer.
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
            // A truncated answer must look truncated: the client gets no last chunk and no FIN, but a reset.
            connection.Abort(why);
            return;
        }

        connection.Host.WarnOfAnswer(why);
        connection.Answers.AnswerInstead(exchange, 500, "The body of the answer could not be made.");
    }
}
