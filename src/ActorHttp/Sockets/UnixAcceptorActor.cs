using System.Net.Sockets;
using ActorHttp.Logging;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// Accepts the clients of a unix socket. Akka.IO cannot accept these clients, because its listening actor creates TCP sockets
/// only (docs/decisions/0010). The acceptor uses the messages of Akka.IO: it handles <see cref="Tcp.Bind"/> and
/// <see cref="Tcp.Unbind"/>, and sends a <see cref="SocketTaken"/> for each client. The acceptor is a child of the listener,
/// and ends with the listener.
/// </summary>
internal sealed class UnixAcceptorActor(UnixListeningSocket listening) : UntypedActor, IWithTimers
{
    // The largest number of clients that are accepted for one message. Between two messages, other ready actors of the thread
    // run.
    private const int Batch = 64;

    // The pause before the next accept when the process has no free descriptor. During the pause, the client waits in the
    // backlog. Akka.IO uses the same pause.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly ILoggingAdapter _log = Context.GetLogger();

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>
    /// Creates the Props of the acceptor of one endpoint. The listener creates new Props each time it binds the endpoint.
    /// </summary>
    /// <param name="path">The absolute path of the socket file.</param>
    /// <param name="mode">The permissions of the socket file.</param>
    public static Props Props(string path, UnixFileMode mode) =>
        Akka.Actor.Props.Create(typeof(UnixAcceptorActor), new UnixListeningSocket(path, mode)).WithDeploy(Deploy.Local);

    // Does not call base.PreRestart: it would run PostStop, which closes the socket.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    // Tries to accept again. The message that the actor was handling is lost, and may have reported a waiting client.
    protected override void PostRestart(Exception reason) => Self.Tell(AcceptMore.Instance);

    protected override void PostStop() => listening.Dispose();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Bind bind:
                Bind(bind);
                break;
            case AcceptMore:
                Accept();
                break;
            case Tcp.Unbind:
                listening.Dispose();
                Sender.Tell(Tcp.Unbound.Instance);
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Bind(Tcp.Bind bind)
    {
        var self = Self;
        try
        {
            if (OperatingSystem.IsWindows() || !AcceptedSockets.IsSupported)
                throw new IOException("unix sockets need Linux or macOS");
            listening.Listen(bind.Backlog, () => self.Tell(AcceptMore.Instance));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            Sender.Tell(new Tcp.CommandFailed(bind).WithCause(e));
            Context.Stop(Self);
            return;
        }

        Sender.Tell(new Tcp.Bound(listening.Address));
        Accept();
    }

    private void Accept()
    {
        for (var i = 0; i < Batch; i++)
        {
            if (listening.Accept() is not { } accepted)
                return;
            if (!Take(accepted))
                return;
        }

        Self.Tell(AcceptMore.Instance);
    }

    private bool Take(UnixListeningSocket.Accepted accepted)
    {
        switch (accepted.Error)
        {
            case SocketError.Success:
                // The connection stays open when one of its two descriptors is closed.
                using (accepted.Socket)
                    Context.Parent.Tell(SocketTaken.Of(accepted.Socket!, listening.Address));
                return true;
            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable:
                var line = $"Cannot accept clients of unix:{listening.Path} at the moment: {TextOf(accepted.Error)}";
                RequestLog.Of(Context.System).Warning(Self.Path.ToString(), GetType(), accepted.Error.ToString(), line);
                Timers.StartSingleTimer(AcceptMore.Instance, AcceptMore.Instance, Pause);
                return false;
            case SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.TryAgain or SocketError.WouldBlock
                or SocketError.Interrupted or SocketError.TimedOut:
                Timers.StartSingleTimer(AcceptMore.Instance, AcceptMore.Instance, Pause);
                return false;
            default:
                // The listener sees that this actor has stopped, and binds again.
                _log.Error("Cannot accept clients of unix:{0} any more: {1}", listening.Path, TextOf(accepted.Error));
                Context.Stop(Self);
                return false;
        }
    }

    private static string TextOf(SocketError error) => new SocketException((int)error).Message;

    /// <summary>
    /// Orders this actor to accept, because clients may wait. Sent by the listening socket, by a timer, and by this actor after
    /// a full batch.
    /// </summary>
    private sealed class AcceptMore : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly AcceptMore Instance = new();
    }
}
