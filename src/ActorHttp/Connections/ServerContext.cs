using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>What all connections of a server share.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Router">Where requests go.</param>
/// <param name="Date">The Date field of this second.</param>
/// <param name="Reactors">Who waits for their sockets.</param>
/// <param name="LogsRequests">Whether each request has a line in the log.</param>
internal sealed record ServerContext(ActorHttpSettings Settings, IActorRef Router, DateField Date, ReactorPool Reactors, bool LogsRequests = false);
