using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Routing;

/// <summary>
/// Holds the current actor of a handler for one router. The actor changes when the handler stops and is created again. After the
/// start of the server only this router reads and changes the object, so the object needs no lock. The Props of the router
/// contain the object, so a restart of the router does not lose the current actor.
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

/// <summary>Tells a router that a handler of its routes is out of service, or is back in service.</summary>
/// <param name="Target">The target that the routes of that router refer to.</param>
/// <param name="Actor">The handler's actor; null when the handler is out of service.</param>
/// <param name="RetryAfter">The value of Retry-After until the handler is back in service.</param>
internal sealed record HandlerChanged(RouteTarget Target, IActorRef? Actor, TimeSpan RetryAfter)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;
