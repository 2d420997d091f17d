using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Sockets;

/// <summary>A socket's word to its owner: there is something to read, be it the end.</summary>
internal sealed record SocketReadable(SocketTransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A socket's word to its owner: a write has gone on.</summary>
internal sealed record SocketWritable(SocketTransport Transport) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// A socket that its owner reads and writes itself, without a buffer while nothing comes and without an actor between: bytes
/// are read when the owner takes them up, so what it does not want stays in the kernel, to the byte. All calls are the
/// owner's; other threads do no more than tell it that there is something to do. How a socket is waited for is what the two
/// kinds of it differ in.
/// </summary>
internal abstract class SocketTransport : ITransport
{
    [ThreadStatic]
    private static byte[]? _received;

    private readonly SocketReadable _readable;
    private SocketWritable? _writable;

    // The write that is not finished.
    private ArraySegment<byte>[] _pieces = [];
    private int _piece;
    private int _offset;
    private int _unsent;

    private bool _isWaiting;
    private bool _isSuspended;
    private bool _isPeerClosed;
    private bool _isOutputClosed;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="frameSize">The most that one call receives, and one waiting send moves, in bytes.</param>
    protected SocketTransport(Socket socket, int frameSize)
    {
        Socket = socket;
        FrameSize = frameSize;
        _readable = new SocketReadable(this);
    }

    /// <summary>Whether it is all over: closed, reset or broken.</summary>
    public bool IsClosed { get; private set; }

    public int Unacknowledged => IsClosed || !OperatingSystem.IsLinux() ? 0 : Epoll.Unacknowledged((int)Socket.Handle);

    public bool HasUnread
    {
        get
        {
            if (IsClosed)
                return false;
            try
            {
                return Socket.Available > 0;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    protected Socket Socket { get; }

    protected int FrameSize { get; }

    protected IActorRef Owner { get; private set; } = ActorRefs.Nobody;

    public void Open(IActorRef owner)
    {
        Owner = owner;
        if (OnOpen())
            Wait();
        else
            Fail(SocketError.TooManyOpenSockets);
    }

    /// <summary>What has come, up to a frame, as <see cref="Read(int)"/> says it.</summary>
    public ReadOnlyMemory<byte> Read() => Read(FrameSize);

    /// <summary>
    /// What has come, in a buffer that is used again at this thread's next read; empty when that is nothing, or the end, of
    /// which the owner is told.
    /// </summary>
    /// <param name="most">As many bytes as are taken at once.</param>
    public ReadOnlyMemory<byte> Read(int most)
    {
        _isWaiting = false;
        if (IsClosed || _isPeerClosed)
            return default;
        if (_received is null || _received.Length < most)
            _received = GC.AllocateUninitializedArray<byte>(most);
        var count = Receive(_received.AsSpan(0, most), out var error);
        if (error == SocketError.Success && count > 0)
            return _received.AsMemory(0, count);
        if (error == SocketError.Success)
            OnEnd();
        else if (error != SocketError.WouldBlock)
            Fail(error);
        return default;
    }

    public void Wait()
    {
        if (_isWaiting || _isSuspended || _isPeerClosed || IsClosed)
            return;
        _isWaiting = true;
        if (!ReadLater())
            TellReadable();
    }

    public void SuspendReading() => _isSuspended = true;

    public void ResumeReading()
    {
        _isSuspended = false;
        Wait();
    }

    public int Write(ArraySegment<byte>[] pieces, int length)
    {
        if (IsClosed)
            return length;
        _pieces = pieces;
        _piece = _offset = 0;
        _unsent = length;
        return Send();
    }

    /// <summary>Goes on with a write behind <see cref="SocketWritable"/>. Answers how many bytes are not sent yet.</summary>
    public int WriteOn()
    {
        if (IsClosed || _unsent == 0)
            return _unsent;
        var sent = FinishSend(out var error);
        if (error == SocketError.Success)
        {
            Advance(sent);
            return Send();
        }

        Fail(error);
        return _unsent;
    }

    public void Close()
    {
        if (IsClosed)
            return;
        if (HasUnread)
        {
            // To close over it would be a reset, which can destroy what the client has not read yet.
            ConfirmedClose();
            return;
        }

        ShutDown(SocketShutdown.Both);
        End(Tcp.Closed.Instance);
    }

    public void ConfirmedClose()
    {
        if (IsClosed)
            return;
        ShutDown(SocketShutdown.Send);
        _isOutputClosed = true;
        if (_isPeerClosed)
            End(Tcp.ConfirmedClosed.Instance);
        else
            Wait();
    }

    public void Abort()
    {
        if (IsClosed)
            return;
        try
        {
            // Closed this way a socket is reset, and what it has not sent is dropped.
            Socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // It is broken already, and its client knows.
        }

        End(Tcp.Aborted.Instance);
    }

    public void Release() => Abort();

    /// <summary>The owner is known. False when the socket cannot be waited for.</summary>
    protected abstract bool OnOpen();

    /// <summary>Receives without waiting; what error says is <see cref="SocketError.WouldBlock"/> when nothing has come.</summary>
    protected abstract int Receive(Span<byte> buffer, out SocketError error);

    /// <summary>True when it is later that there is something to read, and <see cref="TellReadable"/> is called then.</summary>
    protected abstract bool ReadLater();

    /// <summary>Sends without waiting what the kernel takes; 0 and <see cref="SocketError.WouldBlock"/> when that is nothing.</summary>
    protected abstract int Send(ReadOnlySpan<byte> bytes, out SocketError error);

    /// <summary>
    /// True when it is later that the kernel takes more of this, and <see cref="TellWritable"/> is called then; false when it
    /// does so now, or has taken so many as are answered.
    /// </summary>
    protected abstract bool SendLater(ArraySegment<byte> bytes, out int sent);

    /// <summary>What has been sent behind <see cref="TellWritable"/>.</summary>
    protected abstract int FinishSend(out SocketError error);

    /// <summary>The socket is closed next.</summary>
    protected abstract void OnClosing();

    protected void TellReadable() => Owner.Tell(_readable, ActorRefs.NoSender);

    protected void TellWritable() => Owner.Tell(_writable ??= new SocketWritable(this), ActorRefs.NoSender);

    private void OnEnd()
    {
        if (_isOutputClosed)
        {
            End(Tcp.ConfirmedClosed.Instance);
            return;
        }

        _isPeerClosed = true;
        Owner.Tell(Tcp.PeerClosed.Instance, ActorRefs.NoSender);
    }

    // As much as the kernel takes now; the rest when it takes more.
    private int Send()
    {
        while (_unsent > 0)
        {
            int sent;
            SocketError error;
            if (_piece == 0 && _offset == 0 && _pieces.Length > 1)
                sent = Socket.Send(_pieces, SocketFlags.None, out error);
            else
                sent = Send(_pieces[_piece].AsSpan(_offset), out error);
            Advance(sent);
            if (error == SocketError.Success)
                continue;
            if (error != SocketError.WouldBlock)
            {
                Fail(error);
                return _unsent;
            }

            if (_unsent > 0 && SendLater(_pieces[_piece][_offset..], out sent))
                return _unsent;
            Advance(sent);
        }

        _pieces = [];
        return 0;
    }

    private void Advance(int sent)
    {
        _unsent -= sent;
        _offset += sent;
        while (_piece < _pieces.Length && _offset >= _pieces[_piece].Count)
            _offset -= _pieces[_piece++].Count;
    }

    private void ShutDown(SocketShutdown how)
    {
        try
        {
            Socket.Shutdown(how);
        }
        catch (SocketException)
        {
            // The client has reset it meanwhile: nothing is left to say goodbye to.
        }
    }

    private void Fail(SocketError error) => End(new Tcp.ErrorClosed(new SocketException((int)error).Message));

    private void End(Tcp.ConnectionClosed how)
    {
        IsClosed = true;
        OnClosing();
        Socket.Dispose();
        Owner.Tell(how, ActorRefs.NoSender);
    }
}
