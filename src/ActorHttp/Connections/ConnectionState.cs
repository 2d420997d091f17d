using ActorHttp.Sockets;

namespace ActorHttp.Connections;

/// <summary>What outlives the restarts of a connection's actor: its Props carry it.</summary>
internal sealed class ConnectionState
{
    /// <summary>A value of <see cref="SpareSince"/>: the connection is in use.</summary>
    public const long NotSpare = long.MaxValue;

    private long _spareSince = NotSpare;

    /// <summary>A new connection.</summary>
    /// <param name="transport">Its socket.</param>
    /// <param name="server">What it shares with the other connections.</param>
    /// <param name="protocol">Creates what it speaks.</param>
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
    /// The time, in ticks of the monotonic clock, since when the connection has been idle or has only lingered;
    /// <see cref="NotSpare"/> when neither. The listener reads it from another thread, when it looks for a connection to close.
    /// </summary>
    public long SpareSince
    {
        get => Volatile.Read(ref _spareSince);
        set => Volatile.Write(ref _spareSince, value);
    }
}
