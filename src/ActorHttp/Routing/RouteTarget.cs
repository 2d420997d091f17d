using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Routing;

/// <summary>
/// The handler of some routes, which can go and come again as another actor. Only the router reads and changes it; it is an
/// object in the router's Props, so that a restart of the router loses nothing.
/// </summary>
internal sealed class RouteTarget(IActorRef? actor = null)
{
    /// <summary>The handler; null while there is none, and its routes are out of service.</summary>
    public IActorRef? Actor { get; set; } = actor;

    /// <summary>What a client is told in Retry-After while there is no handler.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Sent to the router when a handler has gone or has come again.</summary>
/// <param name="Target">The handler's place in the routes.</param>
/// <param name="Actor">The handler; null when it has gone.</param>
/// <param name="RetryAfter">What clients are told meanwhile.</param>
internal sealed record HandlerChanged(RouteTarget Target, IActorRef? Actor, TimeSpan RetryAfter) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
