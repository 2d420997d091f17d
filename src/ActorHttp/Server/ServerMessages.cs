using System.Net;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>The question to a server, answered with <see cref="ServerBound"/> or <see cref="ServerFailed"/> once it is known.</summary>
internal sealed record GetServerState : INoSerializationVerificationNeeded
{
    public static readonly GetServerState Instance = new();
}

/// <summary>Clients can connect to these addresses.</summary>
internal sealed record ServerBound(IReadOnlyList<IPEndPoint> Addresses) : INoSerializationVerificationNeeded;

/// <summary>The server cannot listen; the reason is one line.</summary>
internal sealed record ServerFailed(string Reason) : INoSerializationVerificationNeeded;

/// <summary>The order to finish what is open within this time, and to reset the rest; answered with <see cref="ServerDrained"/>.</summary>
/// <param name="Limit">How long open requests may take.</param>
/// <param name="Begun">Called once with the number of requests that are open when the drain begins; null when nobody asks.</param>
internal sealed record DrainServer(TimeSpan Limit, Action<int>? Begun = null) : INoSerializationVerificationNeeded;

/// <summary>The last connection is gone; so many were reset because the time was up.</summary>
internal sealed record ServerDrained(int Aborted) : INoSerializationVerificationNeeded;

/// <summary>A timer of the listener: refuses the clients that have waited for room for too long.</summary>
internal sealed class RoomCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly RoomCheck Instance = new();
}

/// <summary>A timer of the listener: a wave of connections is over, and what it took is given back.</summary>
internal sealed class CollectGarbage : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CollectGarbage Instance = new();
}
