using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>
/// A transport whose socket is owned by Akka.IO's own actor. Used when the server cannot take over the socket. Akka.IO pushes
/// the bytes, and this class queues the bytes until the owner reads. So the owner sees no difference between the transports.
/// </summary>
internal sealed class AkkaTransport : ITransport
{
    // The states of the input. They have the same meaning as in EpollTransport.
    private const int Nothing = 0;
    private const int Wanted = 1;
    private const int Ready = 2;

    // The received parts. Akka.IO's actor adds parts on its thread, and the owner removes parts on its own thread. An empty
    // part means the client's FIN.
    private readonly ConcurrentQueue<ReadOnlyMemory<byte>> _received = new();
    private readonly IActorRef _connection;
    private readonly int _frameSize;
    private readonly Handler _handler;
    private IActorRef _owner = ActorRefs.Nobody;
    private ReadOnlyMemory<byte> _left;
    private int _input;
    private int _acknowledgedFrames;
    private int _isClosed;
    private bool _isOutputClosed;

    // Only the owner uses these fields.
    private bool _isWaiting;
    private bool _isSuspended;
    private bool _isPeerClosed;
    private int _unsent;

    /// <summary>
    /// Creates a transport for a socket of Akka.IO. Akka.IO sends no events of this socket before <see cref="Open"/> is called.
    /// </summary>
    /// <param name="connection">Akka.IO's actor of the socket.</param>
    /// <param name="frameSize">The largest number of bytes that Akka.IO receives or sends in one step.</param>
    public AkkaTransport(IActorRef connection, int frameSize)
    {
        _connection = connection;
        _frameSize = frameSize;
        _handler = new Handler(this);
    }

    public int Unacknowledged => 0;

    public bool HasUnread => !_left.IsEmpty || !_received.IsEmpty;

    public bool IsWaiting => _isWaiting;

    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    // Sets keepOpenOnPeerClosed, because a client may send FIN and then still wait for its answer. Examples are nc -N and old
    // HTTP/1.0 clients.
    public bool Open(IActorRef owner)
    {
        _owner = owner;
        _connection.Tell(new Tcp.Register(_handler, keepOpenOnPeerClosed: true));

        // Watches Akka.IO's actor, because an actor that fails sends no event about the end of the connection.
        ((IInternalActorRef)_connection).SendSystemMessage(new Watch((IInternalActorRef)_connection, _handler));
        Wait();
        return true;
    }

    public ReadOnlyMemory<byte> Read(int most)
    {
        _isWaiting = false;
        if (IsClosed || _isPeerClosed)
            return default;
        if (_left.IsEmpty)
        {
            // Clears the state before the dequeue. A part that arrives after the clearing sets the state again, so no part is
            // missed.
            Interlocked.Exchange(ref _input, Nothing);
            if (!_received.TryDequeue(out _left))
                return default;
            if (_left.IsEmpty)
            {
                _isPeerClosed = true;
                _owner.Tell(new TransportPeerClosed(this), ActorRefs.NoSender);
                return default;
            }
        }

        var read = _left[..Math.Min(most, _left.Length)];
        _left = _left[read.Length..];
        if (HasUnread)
            Interlocked.Exchange(ref _input, Ready);
        return read;
    }

    public void Wait()
    {
        if (_isWaiting || _isSuspended || _isPeerClosed || IsClosed)
            return;
        _isWaiting = true;
        if (Interlocked.CompareExchange(ref _input, Wanted, Nothing) != Nothing)
            TellReadable();
    }

    public void SuspendReading()
    {
        _isSuspended = true;
        _connection.Tell(Tcp.SuspendReading.Instance);
    }

    public void ResumeReading()
    {
        _isSuspended = false;
        _connection.Tell(Tcp.ResumeReading.Instance);
        Wait();
    }

    // Sends one frame at a time, and Akka.IO acknowledges each frame. So a deadline can distinguish a slow client from a client
    // that accepts no bytes.
    public int Write(ArraySegment<byte>[] pieces, int length)
    {
        var bytes = pieces.Length == 1 ? ByteString.FromBytes(pieces[0]) : ByteString.FromBytes(pieces);
        for (var start = 0; start < length; start += _frameSize)
        {
            var part = length <= _frameSize ? bytes : bytes.Slice(start, Math.Min(_frameSize, length - start));
            _connection.Tell(Tcp.Write.Create(part, WriteAck.Instance), _handler);
        }

        return _unsent = length;
    }

    public int WriteOn()
    {
        var frames = Interlocked.Exchange(ref _acknowledgedFrames, 0);
        return _unsent = (int)Math.Max(0, _unsent - ((long)frames * _frameSize));
    }

    public void Close() => _connection.Tell(Tcp.Close.Instance);

    public void ConfirmedClose()
    {
        Volatile.Write(ref _isOutputClosed, true);
        _connection.Tell(Tcp.ConfirmedClose.Instance);
        Wait();
    }

    public void Abort() => _connection.Tell(Tcp.Abort.Instance);

    public void Release()
    {
        if (!IsClosed)
            Abort();
    }

    private void TellReadable() => _owner.Tell(new TransportReadable(this), ActorRefs.NoSender);

    // Runs on the thread of Akka.IO's actor.
    private void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        _received.Enqueue(bytes);
        if (Interlocked.Exchange(ref _input, Ready) == Wanted)
            TellReadable();
    }

    private void OnAcknowledged()
    {
        Interlocked.Increment(ref _acknowledgedFrames);
        _owner.Tell(new TransportWritable(this), ActorRefs.NoSender);
    }

    private void OnPeerClosed()
    {
        // Sends the order ConfirmedClose again. Akka.IO forgets this order when the client sends FIN during an unfinished
        // write.
        if (Volatile.Read(ref _isOutputClosed))
            _connection.Tell(Tcp.ConfirmedClose.Instance);
        OnReceived(default);
    }

    private void OnClosed(TransportEnd how)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            _owner.Tell(new TransportClosed(this, how), ActorRefs.NoSender);
    }

    /// <summary>The acknowledgement of one frame.</summary>
    private sealed class WriteAck : Tcp.Event
    {
        public static readonly WriteAck Instance = new();
    }

    /// <summary>Receives the events of Akka.IO, on the thread of the sender.</summary>
    private sealed class Handler(AkkaTransport transport) : MinimalActorRef
    {
        private ActorPath? _path;

        public override ActorPath Path => _path ??= transport._connection.Path / "handler";

        public override IActorRefProvider Provider => ((IInternalActorRef)transport._connection).Provider;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification)
                transport.OnClosed(TransportEnd.Broken);
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            switch (message)
            {
                case Tcp.Received received:
                    transport.OnReceived(received.Data.ToArray());
                    break;
                case WriteAck:
                    transport.OnAcknowledged();
                    break;
                case Tcp.PeerClosed:
                    transport.OnPeerClosed();
                    break;
                case Tcp.CommandFailed { Cmd: Tcp.Write }:
                    // The socket is closed or broken. The event about the end of the socket follows.
                    transport.Abort();
                    break;
                case Tcp.Aborted:
                    transport.OnClosed(TransportEnd.Aborted);
                    break;
                case Tcp.Closed:
                    transport.OnClosed(TransportEnd.Closed);
                    break;
                case Tcp.ConfirmedClosed:
                    transport.OnClosed(TransportEnd.Confirmed);
                    break;
                case Tcp.ConnectionClosed:
                    transport.OnClosed(TransportEnd.Broken);
                    break;
            }
        }
    }
}
