using ActorHttp.Settings;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>
/// The Props of a connection's actor. These Props create the actor with a plain constructor call. For each actor, the Props
/// class of Akka finds the constructor by reflection and computes the same deployment again.
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
