using Akka.Actor;
using Akka.Event;

namespace ActorHttp.Connections;

/// <summary>What a connection's actor does for its protocol.</summary>
internal interface IConnectionHost
{
    /// <summary>The connection's actor.</summary>
    IActorRef Self { get; }

    /// <summary>Who has sent the message in hand.</summary>
    IActorRef Sender { get; }

    /// <summary>The monotonic clock.</summary>
    TimeSpan Now { get; }

    /// <summary>The log of this connection.</summary>
    ILoggingAdapter Log { get; }

    /// <summary>
    /// Has <see cref="IConnectionProtocol.OnDeadline"/> called at this time or before. Only the nearest deadline has a timer, and
    /// a later one does not move it: on a busy connection the timer is almost never touched.
    /// </summary>
    void WakeAt(TimeSpan deadline, TimeSpan now);

    /// <summary>Creates an actor below the connection's.</summary>
    IActorRef Create(Props child);

    /// <summary>Has <see cref="Terminated"/> sent when that actor stops.</summary>
    void Watch(IActorRef actor);

    /// <summary>Undoes <see cref="Watch"/>.</summary>
    void Unwatch(IActorRef actor);

    /// <summary>Warns that an answer became an error. The number of such lines is limited.</summary>
    void WarnOfAnswer(string reason);

    /// <summary>Ends the connection's actor.</summary>
    void Stop();
}
