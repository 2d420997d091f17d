using System.Net;
using System.Net.Sockets;
using ActorHttp.Buffers;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Tells the listener that Akka.IO, or the acceptor of a unix socket, has accepted a socket. The listener then owns the socket.
/// The descriptor is null when there are too few free descriptors, even for a refusal. In this case the socket is already
/// closed.
/// </summary>
/// <param name="Remote">
/// The address of the client. On a unix socket, clients have no address, so this is the address of the endpoint.
/// </param>
/// <param name="Descriptor">The descriptor of the socket, or null.</param>
/// <param name="IsOfReserve">
/// Whether the descriptor is in the reserve (<see cref="OpenFiles"/>), which may be used for a refusal only.
/// </param>
internal sealed record SocketTaken(EndPoint Remote, SocketDescriptor? Descriptor, bool IsOfReserve) : INoSerializationVerificationNeeded
{
    /// <summary>Creates a second descriptor for an accepted socket. After the call, the caller disposes the socket.</summary>
    /// <param name="socket">The accepted socket.</param>
    /// <param name="remote">The client's address, for the log.</param>
    public static SocketTaken Of(Socket socket, EndPoint remote)
    {
        var descriptor = SocketDescriptor.Duplicate(socket);
        var isOfReserve = OpenFiles.IsOfReserve(descriptor.Number);
        if (OpenFiles.IsOfLast(descriptor.Number))
            descriptor.Dispose();
        Resources.Open(descriptor);
        return new SocketTaken(remote, descriptor.IsInvalid || descriptor.IsClosed ? null : descriptor, isOfReserve);
    }
}

/// <summary>
/// Takes over each accepted socket from Akka.IO, when Akka.IO's actor of the socket starts. This object is the handler of
/// Tcp.Bind instead of the listener, and runs on the thread of Akka.IO's actor. First, the socket option of this object
/// receives the socket and duplicates the descriptor. Then this object receives Tcp.Connected, and closes Akka.IO's socket.
/// docs/decisions/0003 explains why this procedure is safe.
/// </summary>
internal sealed class AcceptedSockets(IActorRef listener, IActorRef tcp) : MinimalActorRef
{
    // The socket whose Tcp.Connected is the next message on this thread. Akka.IO's actor calls the option and sends
    // Tcp.Connected while it handles one message.
    [ThreadStatic]
    private static Accepted? _accepted;

    /// <summary>Whether the operating system can duplicate the descriptor of a socket.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>
    /// The path of the listener. With this path, Akka.IO treats this object and the listener as the same actor.
    /// </summary>
    public override ActorPath Path => listener.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)listener).Provider;

    /// <summary>The socket option that passes each accepted socket to this object.</summary>
    public Inet.SocketOption Option { get; } = new Sight();

    // Forwards the watch of Akka.IO's listening actor to the listener, because the listening actor must end when the listener
    // ends. Drops the watches of Akka.IO's actors of single sockets, because these actors are stopped at once.
    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when IsListening(watch.Watcher):
                ((IInternalActorRef)listener).SendSystemMessage(new Watch((IInternalActorRef)listener, watch.Watcher));
                break;
            case Unwatch unwatch when IsListening(unwatch.Watcher):
                ((IInternalActorRef)listener).SendSystemMessage(new Unwatch((IInternalActorRef)listener, unwatch.Watcher));
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is not Tcp.Connected || _accepted is not { } accepted)
        {
            listener.Tell(message, sender);
            return;
        }

        _accepted = null;

        // The connection stays open when one of its two descriptors is closed. Akka.IO's socket is closed before Akka.IO's
        // actor stops, because at its stop this actor resets the connection if its socket is still open.
        accepted.Socket.Dispose();
        ((IInternalActorRef)sender).Stop();
        listener.Tell(accepted.Taken, ActorRefs.NoSender);
    }

    private bool IsListening(IActorRef watcher) => watcher is IInternalActorRef actor && actor.Parent.Equals(tcp);

    private sealed record Accepted(Socket Socket, SocketTaken Taken);

    private sealed class Sight : Inet.SocketOption
    {
        public override void AfterConnect(Socket socket)
        {
            // Reads both addresses, as Akka.IO does next. If the client has reset the connection, the read fails here, before a
            // second descriptor exists.
            var remote = socket.RemoteEndPoint!;
            _ = socket.LocalEndPoint;
            _accepted = new Accepted(socket, SocketTaken.Of(socket, remote));
        }
    }
}
