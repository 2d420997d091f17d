using ActorHttp.Sockets;

namespace ActorHttp.Connections;

/// <summary>
/// The state of a connection that stays the same over the restarts of its actor. This object is an argument of the actor's
/// Props.
/// </summary>
internal sealed class ConnectionState
{
    /// <summary>The value of <see cref="SpareSince"/> while the connection is in use.</summary>
    public const long NotSpare = long.MaxValue;

    private long _spareSince = NotSpare;

    /// <summary>Creates the state of a new connection.</summary>
    /// <param name="transport">The socket of the connection.</param>
    /// <param name="server">The context that the connection shares with other connections.</param>
    /// <param name="protocol">Creates the protocol of the connection.</param>
    public ConnectionState(ITransport transport, ServerContext server, Func<ConnectionState, IConnectionProtocol> protocol)
    {
        Transport = transport;
        Server = server;
        Protocol = protocol(this);
    }

    public ITransport Transport { get; }

    public ServerContext Server { get; }

    public IConnectionProtocol Protocol { get; }

    /// <summary>
    /// The time since which the listener may close the connection for a new client, in ticks of the monotonic clock. Only an
    /// idle connection and a lingering connection have such a time. For a lingering connection the time may be in the future.
    /// For all other connections the value is <see cref="NotSpare"/>. The listener reads the value on another thread when it
    /// looks for a connection to close.
    /// </summary>
    public long SpareSince
    {
        get => Volatile.Read(ref _spareSince);
        set => Volatile.Write(ref _spareSince, value);
    }
}
