using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Routing;

/// <summary>
/// What one router knows of a handler, which can go and come again as another actor. Only that router reads and changes it. The
/// router's Props hold the object, so that a restart of the router loses nothing.
/// </summary>
/// <param name="actor">The handler at the start.</param>
/// <param name="router">The number of the router, from 0.</param>
internal sealed class RouteTarget(IActorRef? actor = null, int router = 0)
{
    /// <summary>The number of the router that the target belongs to.</summary>
    public int Router { get; } = router;

    /// <summary>The handler; null while there is none, and its routes are out of service.</summary>
    public IActorRef? Actor { get; set; } = actor;

    /// <summary>What a client is told in Retry-After while there is no handler.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Sent to a router when a handler of its routes has gone or has come again.</summary>
/// <param name="Target">The handler's place in the routes of that router.</param>
/// <param name="Actor">The handler; null when it has gone.</param>
/// <param name="RetryAfter">What clients are told meanwhile.</param>
internal sealed record HandlerChanged(RouteTarget Target, IActorRef? Actor, TimeSpan RetryAfter) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
