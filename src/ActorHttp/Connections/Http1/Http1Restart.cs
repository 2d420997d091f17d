using ActorHttp.Messages;
using ActorHttp.Sockets;

namespace ActorHttp.Connections.Http1;

/// <summary>What a restarted connection does first.</summary>
internal enum Recovery
{
    /// <summary>It goes on, and writes what was not written: nobody needs what was lost.</summary>
    Continue,

    /// <summary>It answers the exchange with 500, in its place in the order.</summary>
    AnswerError,

    /// <summary>It answers the accepted requests, then 500 if one was being read, and closes.</summary>
    AnswerErrorAndClose,

    /// <summary>It resets: an answer that is cut must look cut.</summary>
    Abort,

    /// <summary>The connection is over.</summary>
    Stop,
}

/// <summary>
/// The restart table: what becomes of a connection whose actor threw, by the message in hand. The restart keeps the actor's
/// reference, its mailbox and the socket; only that one message is lost.
/// </summary>
internal static class Http1Restart
{
    /// <param name="message">The message in hand; null for none.</param>
    /// <param name="pipeline">The open exchanges.</param>
    /// <param name="isChanging">Whether the stream's own state was being changed.</param>
    /// <param name="number">The exchange that is answered, for <see cref="Recovery.AnswerError"/>.</param>
    public static Recovery Decide(object? message, Protocol.Http1.Pipeline<OpenExchange> pipeline, bool isChanging, out long number)
    {
        number = 0;
        if (message is TransportClosed)
            return Recovery.Stop;

        // Thrown inside the stream's own state: nobody knows what its next byte would mean.
        if (isChanging)
            return pipeline.First is { IsLeaving: true } ? Recovery.Abort : Recovery.AnswerErrorAndClose;
        switch (message)
        {
            // The end of the stream is lost. Not so with TransportReadable: what was not read is still in the socket, and what
            // was read and not kept has left the stream in the middle of a change.
            case TransportPeerClosed:
                return Recovery.AnswerErrorAndClose;

            // News that the client can do without. The answer is still to come.
            case InterimResponse:
                return Recovery.Continue;

            case IExchangeMessage about when pipeline.Find(about.Exchange.Number) is { } exchange:
                number = exchange.Number;

                // What was claimed may have been done: only its handler knows, and its answer may be what was lost.
                return exchange.IsLeaving || exchange.IsClaimed ? Recovery.Abort : Recovery.AnswerError;

            // An acknowledgement too: that it came is noted before anything can throw.
            default:
                return Recovery.Continue;
        }
    }
}
