using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>
/// Orders a connection to finish its open exchanges and to accept no new requests. A listener passes the order to all of its
/// connections.
/// </summary>
internal sealed class Drain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Drain Instance = new();
}

/// <summary>
/// Asks a connection for the number of its open requests. The connection sends <see cref="OpenRequests"/> to its parent. A
/// listener passes the question to all of its connections.
/// </summary>
internal sealed class CountOpenRequests : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CountOpenRequests Instance = new();
}

/// <summary>
/// The number of open requests. A request is open from its first byte until the socket has accepted the last byte of its
/// answer.
/// </summary>
internal sealed record OpenRequests(int Count) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// Orders a connection to reset, because the time limit of the drain has passed. A listener passes the order to all of its
/// connections.
/// </summary>
internal sealed class EndDrain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly EndDrain Instance = new();
}

/// <summary>
/// Orders an idle or lingering connection to end, because the limit of connections is reached and a new client waits. Sent by
/// the listener.
/// </summary>
internal sealed class MakeRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly MakeRoom Instance = new();
}

/// <summary>The answer to <see cref="MakeRoom"/> of a connection that is in use, and so does not end.</summary>
internal sealed class NoRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly NoRoom Instance = new();
}

/// <summary>Sent by the connection's timer. The connection then checks whether a deadline has passed.</summary>
internal sealed class DeadlineCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlineCheck Instance = new();
}
