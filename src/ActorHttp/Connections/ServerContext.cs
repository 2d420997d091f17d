using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>What the connections of one reactor share. Without reactors it is what all connections of a server share.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Router">The router that gets the requests.</param>
/// <param name="Date">The Date field of this second.</param>
/// <param name="Reactors">Who waits for their sockets.</param>
/// <param name="LogsRequests">Whether each request has a line in the log.</param>
internal sealed record ServerContext(ActorHttpSettings Settings, IActorRef Router, DateField Date, ReactorPool Reactors, bool LogsRequests = false)
{
    /// <summary>The contexts of all reactors, by the number of the reactor. Empty when this context is the only one.</summary>
    public IReadOnlyList<ServerContext> ByReactor { get; init; } = [];

    /// <summary>The context for a connection: that of the reactor which watches its socket, or else this one.</summary>
    public ServerContext For(ITransport transport) =>
        ReactorPool.NumberOf(transport) is { } number && number < ByReactor.Count ? ByReactor[number] : this;
}
