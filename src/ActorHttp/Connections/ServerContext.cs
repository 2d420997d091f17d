using ActorHttp.Settings;
using ActorHttp.Sockets;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// The objects that the connections of one reactor share. In a server without reactors, all connections share one context.
/// </summary>
/// <param name="Settings">The settings.</param>
/// <param name="Router">The router that receives the requests of these connections.</param>
/// <param name="Date">The Date field of the current second.</param>
/// <param name="Reactors">The reactors that watch the sockets.</param>
/// <param name="LogsRequests">Whether each request is logged, at debug level.</param>
internal sealed record ServerContext(
    ActorHttpSettings Settings, IActorRef Router, DateField Date, ReactorPool Reactors, bool LogsRequests = false)
{
    /// <summary>
    /// The contexts of all reactors, in the order of the reactors' numbers. Empty when the server has only this context.
    /// </summary>
    public IReadOnlyList<ServerContext> ByReactor { get; init; } = [];

    /// <summary>
    /// Returns the context of the reactor that watches the connection's socket. Returns this context when no reactor watches
    /// the socket.
    /// </summary>
    public ServerContext For(ITransport transport) =>
        ReactorPool.NumberOf(transport) is { } number && number < ByReactor.Count ? ByReactor[number] : this;
}
