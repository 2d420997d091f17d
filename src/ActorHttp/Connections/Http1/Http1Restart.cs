using ActorHttp.Messages;
using ActorHttp.Sockets;

namespace ActorHttp.Connections.Http1;

/// <summary>The first action of a connection after a restart of its actor.</summary>
internal enum Recovery
{
    /// <summary>Continues, and writes the answers that are not written yet. The connection does not need the lost message.</summary>
    Continue,

    /// <summary>Answers one exchange with 500, after the answers to earlier requests.</summary>
    AnswerError,

    /// <summary>Answers the accepted requests, then answers 500 to a request that was being read (if any), and closes.</summary>
    AnswerErrorAndClose,

    /// <summary>Resets the connection, so that the client can see that the answer is truncated.</summary>
    Abort,

    /// <summary>Stops the actor, because the connection has ended.</summary>
    Stop,
}

/// <summary>
/// The restart table: decides how a connection continues after its actor has thrown an exception. The decision depends on the
/// message that the actor was handling. The restart keeps the actor reference, the mailbox and the socket, and loses only that
/// message.
/// </summary>
internal static class Http1Restart
{
    /// <summary>Decides the first action of a connection after its actor has thrown an exception.</summary>
    /// <param name="message">The message that the actor was handling; null for none.</param>
    /// <param name="pipeline">The open exchanges.</param>
    /// <param name="isChanging">Whether the actor threw while it changed the state of the byte stream.</param>
    /// <param name="number">The number of the exchange to answer, for <see cref="Recovery.AnswerError"/>.</param>
    public static Recovery Decide(object? message, Protocol.Http1.Pipeline<OpenExchange> pipeline, bool isChanging, out long number)
    {
        number = 0;
        if (message is TransportClosed)
            return Recovery.Stop;

        // The actor threw while it changed the state of the byte stream, so the meaning of the next byte is unknown.
        if (isChanging)
            return pipeline.First is { IsLeaving: true } ? Recovery.Abort : Recovery.AnswerErrorAndClose;
        switch (message)
        {
            // The lost message was the only report of the client's FIN. A lost TransportReadable is different: unread bytes are
            // still in the socket. The case of bytes that were read but not kept is isChanging, which is handled above.
            case TransportPeerClosed:
                return Recovery.AnswerErrorAndClose;

            // The client can do without an interim response, because the final answer is still to come.
            case InterimResponse:
                return Recovery.Continue;

            case IExchangeMessage about when pipeline.Find(about.Exchange.Number) is { } exchange:
                number = exchange.Number;

                // If the exchange is claimed, the handler may have done the claimed step already. Only the handler's answer can
                // report the result of this step, and the lost message may be that answer. So the connection is reset.
                return exchange.IsLeaving || exchange.IsClaimed ? Recovery.Abort : Recovery.AnswerError;

            // TransportWritable is one of these messages: its effect is stored before any code that can throw.
            default:
                return Recovery.Continue;
        }
    }
}
