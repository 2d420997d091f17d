using System.Net;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>The question to a server, answered with <see cref="ServerBound"/> or <see cref="ServerFailed"/> once it is known.</summary>
internal sealed record GetServerState : INoSerializationVerificationNeeded
{
    public static readonly GetServerState Instance = new();
}

/// <summary>Clients can connect to these addresses.</summary>
internal sealed record ServerBound(IReadOnlyList<IPEndPoint> Addresses) : INoSerializationVerificationNeeded;

/// <summary>The server cannot listen; the reason is one line.</summary>
internal sealed record ServerFailed(string Reason) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="Drain"/>: the last connection is gone.</summary>
internal sealed record ServerDrained : INoSerializationVerificationNeeded;
