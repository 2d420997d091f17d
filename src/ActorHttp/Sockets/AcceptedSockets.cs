using System.Net;
using System.Net.Sockets;
using ActorHttp.Buffers;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Tells the listener that Akka.IO, or the acceptor of a unix socket, has accepted a socket. The listener owns the socket from then
/// on. The descriptor is null when there are too few free descriptors, even for a refusal. The socket is then closed already.
/// </summary>
/// <param name="Remote">The address of the client; on a unix socket, where clients have none, the address of the endpoint.</param>
/// <param name="Descriptor">The descriptor of the socket, or null.</param>
/// <param name="IsOfReserve">Whether the descriptor is one of those that are reserved for refusals.</param>
internal sealed record SocketTaken(EndPoint Remote, SocketDescriptor? Descriptor, bool IsOfReserve) : INoSerializationVerificationNeeded
{
    /// <summary>Gives an accepted socket a second descriptor. The caller then disposes the socket.</summary>
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
/// Takes each accepted socket over from Akka.IO, at the moment when Akka.IO's actor of the socket starts. This object is the
/// handler of Tcp.Bind in place of the listener, and runs on the thread of Akka.IO's actor. First, its socket option gets the
/// socket and duplicates the descriptor. Then the object receives Tcp.Connected, and closes Akka.IO's socket.
/// docs/decisions/0003 explains why this is safe.
/// </summary>
internal sealed class AcceptedSockets(IActorRef listener, IActorRef tcp) : MinimalActorRef
{
    // The socket whose Tcp.Connected comes next on this thread. Akka.IO's actor calls the option and sends Tcp.Connected in the
    // same turn.
    [ThreadStatic]
    private static Accepted? _accepted;

    /// <summary>Whether this system can give a socket a second descriptor.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>The path of the listener. To Akka.IO, this object and the listener are the same actor.</summary>
    public override ActorPath Path => listener.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)listener).Provider;

    /// <summary>The socket option through which this object gets each accepted socket.</summary>
    public Inet.SocketOption Option { get; } = new Sight();

    // Forwards the watch of Akka.IO's listening actor, which ends when the listener ends. The actors of single sockets end at
    // once, so their watches are dropped.
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

        // Closing one of two descriptors has no effect on the connection. Akka.IO's socket is closed before Akka.IO's actor
        // ends, because that actor resets the connection if its socket is still open.
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
            // Akka.IO reads both addresses next. If the client has reset the connection, the read fails here, before there is a
            // second descriptor.
            var remote = socket.RemoteEndPoint!;
            _ = socket.LocalEndPoint;
            _accepted = new Accepted(socket, SocketTaken.Of(socket, remote));
        }
    }
}
