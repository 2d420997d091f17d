using ActorHttp.Messages;
using ActorHttp.Protocol.Http1;
using ActorHttp.Sockets;

namespace ActorHttp.Connections;

/// <summary>What a restarted connection does first.</summary>
internal enum Recovery
{
    /// <summary>Go on serving, and write what was not written: what was lost mattered to nobody.</summary>
    Continue,

    /// <summary>Answer the exchange with 500, in its place in the order.</summary>
    AnswerError,

    /// <summary>Answer what was accepted, then 500 if a request was being read, and close.</summary>
    AnswerErrorAndClose,

    /// <summary>Reset: an answer that is cut must look cut.</summary>
    Abort,

    /// <summary>The connection was over.</summary>
    Stop,
}

/// <summary>
/// The restart table: what becomes of a connection whose actor threw, by the message that it had in hand. The restart keeps
/// the actor's reference, its mailbox and the socket; only that one message is lost.
/// </summary>
internal static class ConnectionRestart
{
    public static Recovery Decide(Wire wire, object? message, out long number)
    {
        number = 0;
        if (message is TransportClosed)
            return Recovery.Stop;

        // Thrown inside the stream's own state: nobody knows what its next byte would mean.
        if (wire.IsDirty)
            return wire.Pipeline.First is { IsHeadWritten: true } ? Recovery.Abort : Recovery.AnswerErrorAndClose;
        switch (message)
        {
            // The end of the stream is lost. Not so with TransportReadable: what was not read is still in the socket, and what
            // was read and not kept has left the stream dirty.
            case TransportPeerClosed:
                return Recovery.AnswerErrorAndClose;

            // News that the client can do without. The answer is still to come, and no worse for it.
            case InterimResponse:
                return Recovery.Continue;

            case IExchangeMessage about when wire.Pipeline.Find(about.Exchange.Number) is { } slot:
                number = slot.Number;

                // What was claimed may have been done: only its handler knows, and its answer may be what was lost.
                return slot.IsHeadWritten || slot.IsClaimed ? Recovery.Abort : Recovery.AnswerError;

            // An acknowledgement too: that it came is noted before anything can throw.
            default:
                return Recovery.Continue;
        }
    }
}
