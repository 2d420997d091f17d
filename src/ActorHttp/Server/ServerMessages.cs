using System.Net;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Server;

/// <summary>
/// Asks a server for its endpoints. After its start, the server answers with <see cref="ServerBound"/> or
/// <see cref="ServerFailed"/>.
/// </summary>
internal sealed record GetServerState : INoSerializationVerificationNeeded
{
    public static readonly GetServerState Instance = new();
}

/// <summary>An endpoint to which clients can connect.</summary>
/// <param name="Settings">The settings of the endpoint.</param>
/// <param name="Addresses">The bound addresses, with the real ports instead of port 0; at least one.</param>
internal sealed record BoundEndpoint(EndpointSettings Settings, IReadOnlyList<EndPoint> Addresses);

/// <summary>The server listens: clients can connect to all endpoints. The endpoints are in the order of the settings.</summary>
internal sealed record ServerBound(IReadOnlyList<BoundEndpoint> Endpoints) : INoSerializationVerificationNeeded;

/// <summary>The server cannot listen, and holds no socket. The reason is one line.</summary>
internal sealed record ServerFailed(string Reason) : INoSerializationVerificationNeeded;

/// <summary>
/// Orders a server to finish all open requests within a time limit, and then to reset the remaining connections. The server
/// answers with <see cref="ServerDrained"/>.
/// </summary>
/// <param name="Limit">The time limit for open requests.</param>
/// <param name="Begun">
/// Called once with the number of requests that are open when the drain begins; null when the number is not needed.
/// </param>
internal sealed record DrainServer(TimeSpan Limit, Action<int>? Begun = null) : INoSerializationVerificationNeeded;

/// <summary>The drain of a server is complete: its last connection has closed.</summary>
/// <param name="Aborted">The number of connections that were reset because the time limit of the drain had passed.</param>
internal sealed record ServerDrained(int Aborted) : INoSerializationVerificationNeeded;

/// <summary>Sent by a timer of the listener. The listener then refuses the new clients that have waited too long for room.</summary>
internal sealed class RoomCheck : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly RoomCheck Instance = new();
}

/// <summary>
/// Sent by a timer of the listener after a wave of connections is over. The process then collects garbage and returns memory to
/// the system.
/// </summary>
internal sealed class CollectGarbage : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly CollectGarbage Instance = new();
}
