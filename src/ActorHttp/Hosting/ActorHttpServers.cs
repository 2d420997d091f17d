using System.Collections.Concurrent;
using System.Net;
using ActorHttp.Server;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorHttp.Hosting;

/// <summary>An endpoint of a server: the addresses on which the server listens.</summary>
/// <param name="Name">The endpoint's name in <c>actor-http.endpoints</c>; empty for the short form (<c>host</c> and <c>port</c>).</param>
/// <param name="Addresses">
/// The bound addresses. For TCP, an <see cref="IPEndPoint"/> with the real port for each address of the host. For a unix
/// socket, one <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
/// </param>
public sealed record ActorHttpEndpoint(string Name, IReadOnlyList<EndPoint> Addresses)
{
    /// <summary>The addresses as text, such as <c>127.0.0.1:4221 and [::1]:4221</c>.</summary>
    public override string ToString() => string.Join(" and ", Addresses.Select(ListenAddresses.Text));
}

/// <summary>
/// The HTTP servers of an actor system, by name. If <c>WithActorHttp</c> adds a server without a name, its name here is empty.
/// All members can be used from any thread.
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
    /// Returns the endpoints of a server, in the order of its settings. The list is complete when the host has started. The
    /// list is empty while the server starts, and when the start has failed.
    /// </summary>
    /// <param name="name">The server's name; empty for the server without a name.</param>
    /// <exception cref="ArgumentException">The actor system has no server with this name.</exception>
    public IReadOnlyList<ActorHttpEndpoint> Endpoints(string name = "") => _endpoints.TryGetValue(name, out var endpoints)
        ? endpoints
        : throw new ArgumentException($"This actor system has no ActorHttp server {Described(name)}.", nameof(name));

    /// <exception cref="InvalidOperationException">A server with this name has already been added.</exception>
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
    /// Creates the extension. Akka calls this class when the actor system starts. At this time the configuration of the program
    /// is complete, and Akka has not read the phases of CoordinatedShutdown yet. So this class adds the defaults and the
    /// timeout of the phase. WithActorHttp would be too early for this step, because the program may add settings after that
    /// call.
    /// </summary>
    internal sealed class Provider : ExtensionIdProvider<ActorHttpServers>
    {
        public override ActorHttpServers CreateExtension(ExtendedActorSystem system)
        {
            // Adds the defaults as fallbacks, so that each setting of the program overrides its default.
            system.Settings.InjectTopLevelFallback(ActorHttpSettings.Reference);
            if (ShutdownPhase.Fallback(system.Settings.Config) is { } fallback)
                system.Settings.InjectTopLevelFallback(fallback);
            return new ActorHttpServers();
        }
    }
}
