using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>The part of a connection's actor that the connection's protocol uses.</summary>
internal interface IConnectionHost
{
    /// <summary>The connection's actor.</summary>
    IActorRef Self { get; }

    /// <summary>The sender of the current message.</summary>
    IActorRef Sender { get; }

    /// <summary>The time of the monotonic clock.</summary>
    TimeSpan Now { get; }

    /// <summary>The log of this connection.</summary>
    ILoggingAdapter Log { get; }

    /// <summary>
    /// Makes the actor call <see cref="IConnectionProtocol.OnDeadline"/> at <paramref name="deadline"/> or earlier. Only the
    /// earliest deadline has a timer, and a later deadline does not move this timer. So a busy connection almost never starts a
    /// timer.
    /// </summary>
    void WakeAt(TimeSpan deadline, TimeSpan now);

    /// <summary>Creates a child of the connection's actor.</summary>
    IActorRef Create(Props child);

    /// <summary>Watches an actor. The connection gets <see cref="Terminated"/> when that actor stops.</summary>
    void Watch(IActorRef actor);

    /// <summary>Stops the watch that <see cref="Watch"/> has started.</summary>
    void Unwatch(IActorRef actor);

    /// <summary>Logs a warning that the server replaced an answer with a 500. The number of such warnings is limited.</summary>
    void WarnOfAnswer(string reason);

    /// <summary>Stops the connection's actor.</summary>
    void Stop();
}
