using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Sockets;

/// <summary>A message from a transport to its owner.</summary>
/// <param name="Transport">The transport that sends the event. One actor may own several transports.</param>
internal abstract record TransportEvent(ITransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>The owner should read, because the socket may have bytes, FIN or an error.</summary>
internal sealed record TransportReadable(ITransport Transport) : TransportEvent(Transport);

/// <summary>An unfinished write can continue. The owner should call <see cref="ITransport.WriteOn"/>.</summary>
internal sealed record TransportWritable(ITransport Transport) : TransportEvent(Transport);

/// <summary>The client has sent FIN, and the owner has read all bytes before the FIN. The owner may still send an answer.</summary>
internal sealed record TransportPeerClosed(ITransport Transport) : TransportEvent(Transport);

/// <summary>The socket is closed. No other event of the transport follows.</summary>
/// <param name="Transport">The transport that sends the event.</param>
/// <param name="How">How the connection ended.</param>
internal sealed record TransportClosed(ITransport Transport, TransportEnd How) : TransportEvent(Transport);

/// <summary>The ways in which a connection can end.</summary>
internal enum TransportEnd
{
    /// <summary>The server has closed the socket.</summary>
    Closed,

    /// <summary>Both sides have sent FIN.</summary>
    Confirmed,

    /// <summary>The server has reset the connection.</summary>
    Aborted,

    /// <summary>The client has reset the connection, or the network has failed.</summary>
    Broken,
}
