using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// The context that the connections of one reactor share. Without reactors, all connections of a server share one context.
/// </summary>
/// <param name="Settings">The settings.</param>
/// <param name="Router">The router that gets the requests.</param>
/// <param name="Date">The Date field of the current second.</param>
/// <param name="Reactors">The reactors that watch the sockets.</param>
/// <param name="LogsRequests">Whether each request is logged, at debug level.</param>
internal sealed record ServerContext(
    ActorHttpSettings Settings, IActorRef Router, DateField Date, ReactorPool Reactors, bool LogsRequests = false)
{
    /// <summary>The contexts of all reactors, in the order of the reactors' numbers. Empty when this context is the only one.</summary>
    public IReadOnlyList<ServerContext> ByReactor { get; init; } = [];

    /// <summary>
    /// Returns the context of the reactor that watches the connection's socket. Returns this context when no reactor does.
    /// </summary>
    public ServerContext For(ITransport transport) =>
        ReactorPool.NumberOf(transport) is { } number && number < ByReactor.Count ? ByReactor[number] : this;
}
