using System.Net;
using System.Net.Sockets;
using ActorHttp.Buffers;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Akka.IO has accepted a socket, which is the listener's alone now. The descriptor is null when there is none to spare, not
/// even for a refusal; Akka.IO has then closed the socket.
/// </summary>
/// <param name="IsOfReserve">Whether the descriptor is one of those that are kept for refusals.</param>
internal sealed record SocketTaken(EndPoint Remote, SocketDescriptor? Descriptor, bool IsOfReserve) : INoSerializationVerificationNeeded;

/// <summary>
/// Takes each socket over from Akka.IO in the moment in which Akka.IO's actor of the socket starts. It stands in the listener's
/// place as the handler of the Tcp.Bind, and runs on the thread of Akka.IO's actor: first as the socket option that sees the
/// socket, then as the receiver of the Tcp.Connected that follows. docs/decisions/0003 says why this is safe.
/// </summary>
internal sealed class AcceptedSockets(IActorRef listener, IActorRef tcp) : MinimalActorRef
{
    // The socket whose Tcp.Connected comes next on this thread. Akka.IO's actor does both in one message.
    [ThreadStatic]
    private static Accepted? _accepted;

    /// <summary>Whether this system lets a socket have two descriptors.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>The listener's own path: for Akka.IO the two are the same actor.</summary>
    public override ActorPath Path => listener.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)listener).Provider;

    /// <summary>The option that shows this object each socket.</summary>
    public Inet.SocketOption Option { get; } = new Sight();

    // Akka.IO's listening actor ends with the listener that it watches. The actors of single sockets end at once and need not watch.
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

        // To close one of two descriptors has no effect on the connection. Akka.IO's actor, which ends next, would make the
        // connection's end a reset if its socket were still open then.
        accepted.Socket.Dispose();
        ((IInternalActorRef)sender).Stop();
        listener.Tell(new SocketTaken(accepted.Remote, accepted.Descriptor, accepted.IsOfReserve), ActorRefs.NoSender);
    }

    private bool IsListening(IActorRef watcher) => watcher is IInternalActorRef actor && actor.Parent.Equals(tcp);

    private sealed record Accepted(Socket Socket, EndPoint Remote, SocketDescriptor? Descriptor, bool IsOfReserve);

    private sealed class Sight : Inet.SocketOption
    {
        public override void AfterConnect(Socket socket)
        {
            // Akka.IO reads both next. A socket that was reset meanwhile fails here, before it has a second descriptor.
            var remote = socket.RemoteEndPoint!;
            _ = socket.LocalEndPoint;
            var descriptor = SocketDescriptor.Duplicate(socket);
            var isOfReserve = OpenFiles.IsOfReserve(descriptor.Number);
            if (OpenFiles.IsOfLast(descriptor.Number))
                descriptor.Dispose();
            Resources.Open(descriptor);
            _accepted = new Accepted(socket, remote, descriptor.IsInvalid || descriptor.IsClosed ? null : descriptor, isOfReserve);
        }
    }
}
