using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>The order to let open exchanges finish and take no new ones.</summary>
internal sealed class Drain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Drain Instance = new();
}

/// <summary>Asks a connection, or a listener for all of its connections, how many requests are open. Answered to the parent with <see cref="OpenRequests"/>.</summary>
internal sealed class CountOpenRequests : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CountOpenRequests Instance = new();
}

/// <summary>How many requests are open: being received, being handled, or with an answer that is not yet sent.</summary>
internal sealed record OpenRequests(int Count) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>The order to reset what the drain has not ended: its time is up.</summary>
internal sealed class EndDrain : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly EndDrain Instance = new();
}

/// <summary>The listener's order to close a connection that is idle, because a new client needs its place.</summary>
internal sealed class MakeRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly MakeRoom Instance = new();
}

/// <summary>A connection's answer to <see cref="MakeRoom"/>: it is in use.</summary>
internal sealed class NoRoom : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly NoRoom Instance = new();
}

/// <summary>A timer has fired: whether a deadline has passed is to be looked at.</summary>
internal sealed class DeadlineCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlineCheck Instance = new();
}
