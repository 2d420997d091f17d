using ActorHttp.Messages;
using Akka.IO;

namespace ActorHttp.Connections;

/// <summary>What a restarted connection does first.</summary>
internal enum Recovery
{
    /// <summary>Go on serving: what was lost mattered to nobody.</summary>
    Continue,

    /// <summary>The write that was acknowledged in the lost message is done.</summary>
    CountAck,

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
        switch (message)
        {
            case Tcp.ConnectionClosed and not Tcp.PeerClosed:
                return Recovery.Stop;

            // The position in the stream is lost.
            case Tcp.Received or Tcp.PeerClosed:
                return wire.Pipeline.First is { IsHeadWritten: true } && wire.IsDirty ? Recovery.Abort : Recovery.AnswerErrorAndClose;

            case IExchangeMessage about:
                number = about.Exchange.Number;
                if (wire.Pipeline.Find(number) is not { } slot)
                    return wire.IsDirty ? Recovery.Abort : Recovery.Continue;
                return slot.IsHeadWritten || wire.IsDirty ? Recovery.Abort : Recovery.AnswerError;

            case WriteAck:
                return wire.IsDirty ? Recovery.Abort : Recovery.CountAck;

            default:
                return wire.IsDirty ? Recovery.Abort : Recovery.Continue;
        }
    }
}
