using ActorHttp.Messages;
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

/// <summary>A timer of the listener: refuses the clients that have waited for room for too long.</summary>
internal sealed class RoomCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly RoomCheck Instance = new();
}

/// <summary>The listener's word to itself: a wave of connections is over, give back what it took.</summary>
internal sealed class CollectGarbage : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CollectGarbage Instance = new();
}

/// <summary>A connection's word to itself: all answers that were in the mailbox have been seen, write what there is.</summary>
internal sealed class Flush : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly Flush Instance = new();
}

/// <summary>The timer's word: see whether the deadline has passed.</summary>
internal sealed class DeadlineCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlineCheck Instance = new();
}

/// <summary>The answer of one of our own sources to a pull: the last bytes and the end at once, which saves a pull and a write.</summary>
internal sealed record BodyRest(Exchange Exchange, ReadOnlyMemory<byte> Bytes) : IExchangeMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression;
