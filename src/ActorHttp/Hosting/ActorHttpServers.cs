using System.Collections.Concurrent;
using System.Net;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>A place where a server listens.</summary>
/// <param name="Name">The endpoint's name in <c>actor-http.endpoints</c>; empty for the short form, <c>host</c> and <c>port</c>.</param>
/// <param name="Addresses">
/// The bound addresses: an <see cref="IPEndPoint"/> with the real port for each address of the host, or one
/// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
/// </param>
public sealed record ActorHttpEndpoint(string Name, IReadOnlyList<EndPoint> Addresses);

/// <summary>
/// The HTTP servers of an actor system, by name. The server that <c>WithActorHttp</c> adds without a name has the empty name. All members
/// can be used from any thread.
/// </summary>
public sealed class ActorHttpServers : IExtension
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<ActorHttpEndpoint>> _endpoints = new();

    private ActorHttpServers()
    {
    }

    /// <summary>The names of the servers that have been added so far.</summary>
    public IReadOnlyCollection<string> Names => [.. _endpoints.Keys];

    /// <summary>Returns the servers of an actor system.</summary>
    /// <param name="system">The actor system.</param>
    public static ActorHttpServers Of(ActorSystem system) => system.WithExtension<ActorHttpServers, Provider>();

    /// <summary>
    /// Returns where a server listens, in the order of its settings. Complete once the host has started; empty while the server starts, and
    /// when it could not start.
    /// </summary>
    /// <param name="name">The server's name; empty for the server without one.</param>
    /// <exception cref="ArgumentException">The actor system has no server of this name.</exception>
    public IReadOnlyList<ActorHttpEndpoint> Endpoints(string name = "") => _endpoints.TryGetValue(name, out var endpoints)
        ? endpoints
        : throw new ArgumentException($"This actor system has no ActorHttp server {Described(name)}.", nameof(name));

    /// <exception cref="InvalidOperationException">There is a server of this name already.</exception>
    internal void Add(string name)
    {
        if (_endpoints.TryAdd(name, []))
            return;
        throw new InvalidOperationException(
            $"This actor system has an ActorHttp server {Described(name)} already. Give each call of WithActorHttp a name of its own.");
    }

    internal void Bound(string name, IReadOnlyList<ActorHttpEndpoint> endpoints) => _endpoints[name] = endpoints;

    private static string Described(string name) => name.Length == 0 ? "without a name" : $"with the name '{name}'";

    /// <summary>
    /// Creates the extension. Akka loads it when the actor system starts: the configuration is complete then, and the phases of
    /// CoordinatedShutdown have not been read. So the defaults and the phase's timeout are added here, and not when the program calls
    /// WithActorHttp: the program may add settings after that call.
    /// </summary>
    internal sealed class Provider : ExtensionIdProvider<ActorHttpServers>
    {
        public override ActorHttpServers CreateExtension(ExtendedActorSystem system)
        {
            // As fallbacks: each setting of the program wins, wherever the program has added it.
            system.Settings.InjectTopLevelFallback(ActorHttpSettings.Reference);
            if (ShutdownPhase.Fallback(system.Settings.Config) is { } fallback)
                system.Settings.InjectTopLevelFallback(fallback);
            return new ActorHttpServers();
        }
    }
}
