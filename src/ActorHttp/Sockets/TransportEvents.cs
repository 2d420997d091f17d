using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Sockets;

/// <summary>What a transport tells its owner.</summary>
/// <param name="Transport">The transport that it is about: one actor may own several.</param>
internal abstract record TransportEvent(ITransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>There is something to read: bytes, or the client's end.</summary>
internal sealed record TransportReadable(ITransport Transport) : TransportEvent(Transport);

/// <summary>The socket has taken more of a write. The owner calls <see cref="ITransport.WriteOn"/>.</summary>
internal sealed record TransportWritable(ITransport Transport) : TransportEvent(Transport);

/// <summary>The client has sent FIN, and all bytes before it have been read. It may still be answered.</summary>
internal sealed record TransportPeerClosed(ITransport Transport) : TransportEvent(Transport);

/// <summary>The socket is closed. It is the last event of a transport.</summary>
/// <param name="How">How it came to its end.</param>
internal sealed record TransportClosed(ITransport Transport, TransportEnd How) : TransportEvent(Transport);

/// <summary>How a socket came to its end.</summary>
internal enum TransportEnd
{
    /// <summary>The server has closed it.</summary>
    Closed,

    /// <summary>Both sides have sent FIN.</summary>
    Confirmed,

    /// <summary>The server has reset it.</summary>
    Aborted,

    /// <summary>The client has reset it, or the network has failed.</summary>
    Broken,
}
