using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// Creates the actor of a connection with a plain constructor call. Akka's own Props find the constructor by reflection for
/// each actor, and compute the same deployment each time.
/// </summary>
internal sealed class ConnectionProps : Props
{
    private static readonly Deploy Local = Deploy.Local.WithDispatcher(ActorHttpSettings.Dispatcher);

    private readonly ConnectionState _state;

    public ConnectionProps(ConnectionState state)
        : base(Local, typeof(ConnectionActor), state) => _state = state;

    private ConnectionProps(ConnectionProps copy)
        : base(copy) => _state = copy._state;

#pragma warning disable AK1000 // Akka calls NewActor at the point where its own Props use reflection.
    public override ActorBase NewActor() => new ConnectionActor(_state);
#pragma warning restore AK1000

    protected override Props Copy() => new ConnectionProps(this);
}
