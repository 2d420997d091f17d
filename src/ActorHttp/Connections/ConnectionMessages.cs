using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>
/// Orders a connection, or a listener for all of its connections, to finish the open exchanges and accept no new requests.
/// </summary>
internal sealed class Drain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Drain Instance = new();
}

/// <summary>
/// Asks a connection, or a listener for all of its connections, how many requests are open. The answer is
/// <see cref="OpenRequests"/>, which goes to the parent.
/// </summary>
internal sealed class CountOpenRequests : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CountOpenRequests Instance = new();
}

/// <summary>The number of open requests: requests that are received or handled now, or whose answer is not yet sent.</summary>
internal sealed record OpenRequests(int Count) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Orders a connection, or a listener for all of its connections, to reset: the time to drain is up.</summary>
internal sealed class EndDrain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly EndDrain Instance = new();
}

/// <summary>Orders a connection that is idle or only lingers to end, because a new client needs its place. Sent by the listener.</summary>
internal sealed class MakeRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly MakeRoom Instance = new();
}

/// <summary>The answer to <see cref="MakeRoom"/> of a connection that is in use and goes on.</summary>
internal sealed class NoRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly NoRoom Instance = new();
}

/// <summary>Sent by the connection's timer. The connection then checks whether a deadline has passed.</summary>
internal sealed class DeadlineCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlineCheck Instance = new();
}
