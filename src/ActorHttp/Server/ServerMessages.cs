using System.Net;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>
/// Asks a server where it listens. The server answers with <see cref="ServerBound"/> or <see cref="ServerFailed"/> when its start is over.
/// </summary>
internal sealed record GetServerState : INoSerializationVerificationNeeded
{
    public static readonly GetServerState Instance = new();
}

/// <summary>An endpoint to which clients can connect.</summary>
/// <param name="Settings">What the settings say of the endpoint.</param>
/// <param name="Addresses">The addresses, with the real ports; at least one.</param>
internal sealed record BoundEndpoint(EndpointSettings Settings, IReadOnlyList<EndPoint> Addresses);

/// <summary>Clients can connect to all endpoints. They are in the order of the settings.</summary>
internal sealed record ServerBound(IReadOnlyList<BoundEndpoint> Endpoints) : INoSerializationVerificationNeeded;

/// <summary>The server cannot listen, and holds no socket. The reason is one line.</summary>
internal sealed record ServerFailed(string Reason) : INoSerializationVerificationNeeded;

/// <summary>
/// The order to finish all open requests within a time, and to reset the rest. Answered with <see cref="ServerDrained"/>.
/// </summary>
/// <param name="Limit">How long open requests may take.</param>
/// <param name="Begun">Called once with the number of requests that are open when the drain begins; null when it is not needed.</param>
internal sealed record DrainServer(TimeSpan Limit, Action<int>? Begun = null) : INoSerializationVerificationNeeded;

/// <summary>The last connection has closed.</summary>
/// <param name="Aborted">The number of connections that were reset because the time was up.</param>
internal sealed record ServerDrained(int Aborted) : INoSerializationVerificationNeeded;

/// <summary>A timer of the listener: it refuses the clients that have waited for room for too long.</summary>
internal sealed class RoomCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly RoomCheck Instance = new();
}

/// <summary>A timer of the listener: a wave of connections is over, and the process gives its memory back.</summary>
internal sealed class CollectGarbage : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CollectGarbage Instance = new();
}
