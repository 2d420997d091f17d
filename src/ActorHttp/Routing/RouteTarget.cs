using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Routing;

/// <summary>
/// The current actor of a handler, as one router knows it. The handler can stop and be created again as another actor. After the
/// start, only that router reads and changes the object. The router's Props hold the object, so a restart of the router loses no
/// state.
/// </summary>
/// <param name="actor">The handler's actor at the start.</param>
/// <param name="router">The number of the router, counted from 0.</param>
internal sealed class RouteTarget(IActorRef? actor = null, int router = 0)
{
    /// <summary>The number of the router that the target belongs to.</summary>
    public int Router { get; } = router;

    /// <summary>The handler's actor; null while its routes are out of service.</summary>
    public IActorRef? Actor { get; set; } = actor;

    /// <summary>The value of Retry-After while the routes are out of service.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Tells a router that a handler of its routes has stopped, or is back in service.</summary>
/// <param name="Target">The target that the routes of that router refer to.</param>
/// <param name="Actor">The handler's actor; null when it has stopped.</param>
/// <param name="RetryAfter">The value of Retry-After until the handler is back.</param>
internal sealed record HandlerChanged(RouteTarget Target, IActorRef? Actor, TimeSpan RetryAfter)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;
