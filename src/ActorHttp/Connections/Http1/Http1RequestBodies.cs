using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using Akka.Actor;

namespace ActorHttp.Connections.Http1;

/// <summary>Passes the bodies of requests from the input to the actors that pull them.</summary>
internal sealed class Http1RequestBodies(Http1Connection connection)
{
    /// <summary>Handles an actor's pull of the next part of a body.</summary>
    public void OnPull(PullBody pull)
    {
        if (connection.Pipeline.Find(pull.Exchange.Number) is not { Body: { IsOver: false } body } exchange
            || connection.Ending != Ending.Open)
        {
            connection.Host.Sender.Tell(new BodyFailed(pull.Exchange, "there is no body to read here"), connection.Self);
            return;
        }

        body.Pull(connection.Host.Sender, pull.GivesBack);
        if (body.IsComplete)
            DeliverEnd(exchange, body);
        else
            SendContinue();
    }

    /// <summary>Forgets the actor that pulls a body, because this actor does not want the rest of the body.</summary>
    public void OnCancel(CancelBody cancel)
    {
        if (connection.Pipeline.Find(cancel.Exchange.Number) is { IsBodyComing: true } exchange)
            exchange.Body!.ForgetReader();
    }

    /// <summary>Sets the largest number of bytes that the route allows for the body.</summary>
    public void OnLimit(LimitBody limit) => connection.Pipeline.Find(limit.Exchange.Number)?.Body?.Limit(limit.Bytes);

    /// <summary>
    /// Sends 100 Continue when an actor has pulled the body (RFC 9110 §10.1.1). Sends no 100 Continue when bytes of the body
    /// have arrived already, or when answers to earlier requests must be sent first.
    /// </summary>
    public void SendContinue()
    {
        if (connection.Pipeline.First is not { IsLeaving: false, Body: { OwesContinue: true, IsPulled: true } body })
            return;
        body.SettleContinue();
        if (connection.Input.Window.Bytes.Count > 0)
            return;
        connection.Output.Buffer.Write(ResponseWriter.Continue);
        connection.Output.Send();
    }

    /// <summary>Sends a part to the actor that has pulled the body.</summary>
    public void Deliver(OpenExchange exchange, RequestBodyState body, ReadOnlyMemory<byte> bytes)
    {
        connection.Deadlines.NoteProgress();
        connection.Input.Credit.Receive(bytes.Length);
        body.Deliver(exchange.Exchange, bytes);
    }

    /// <summary>Sends the end of the body to the actor that has pulled the body.</summary>
    public void DeliverEnd(OpenExchange exchange, RequestBodyState body)
    {
        connection.Deadlines.NoteProgress();
        body.DeliverEnd(exchange.Exchange);
    }
}
