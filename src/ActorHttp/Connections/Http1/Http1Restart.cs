using ActorHttp.Messages;
using ActorHttp.Sockets;

namespace ActorHttp.Connections.Http1;

/// <summary>What a connection does first after a restart of its actor.</summary>
internal enum Recovery
{
    /// <summary>Continues, and writes what is not written yet. The lost message is not needed.</summary>
    Continue,

    /// <summary>Answers the exchange with 500, in its place in the order.</summary>
    AnswerError,

    /// <summary>Answers the accepted requests, then answers 500 if a request was being read, and closes.</summary>
    AnswerErrorAndClose,

    /// <summary>Resets the connection, because a truncated answer must look truncated.</summary>
    Abort,

    /// <summary>Stops the actor, because the connection is over.</summary>
    Stop,
}

/// <summary>
/// The restart table: decides how a connection continues after its actor threw. The decision depends on the message that the
/// actor was handling. The restart keeps the actor reference, the mailbox and the socket, and loses only that message.
/// </summary>
internal static class Http1Restart
{
    /// <summary>Decides what a connection does after its actor has thrown an exception and been restarted.</summary>
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
            // The news of the client's FIN is lost. A lost TransportReadable is different: bytes that were not read are still
            // in the socket. Bytes that were read and not kept mean isChanging, which is handled above.
            case TransportPeerClosed:
                return Recovery.AnswerErrorAndClose;

            // The client does not need an interim response. The answer is still to come.
            case InterimResponse:
                return Recovery.Continue;

            case IExchangeMessage about when pipeline.Find(about.Exchange.Number) is { } exchange:
                number = exchange.Number;

                // The claimed step may have been done. Only the handler knows, and its answer may be the message that was lost.
                return exchange.IsLeaving || exchange.IsClaimed ? Recovery.Abort : Recovery.AnswerError;

            // Includes TransportWritable, because its effect is stored before anything can throw.
            default:
                return Recovery.Continue;
        }
    }
}
