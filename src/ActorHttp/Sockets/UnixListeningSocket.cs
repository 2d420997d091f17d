using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace ActorHttp.Sockets;

/// <summary>
/// A listening unix socket and its file. The Props of the actor that accepts carry it, so it outlives a restart of the
/// actor.
/// </summary>
internal sealed class UnixListeningSocket : IDisposable
{
    // The states of the accept.
    private const int Idle = 0;
    private const int Pending = 1;
    private const int Done = 2;

    private readonly SocketAsyncEventArgs _accept = new(true);
    private UnixSocketFile.Identity? _file;
    private Socket? _socket;
    private Action? _completed;
    private int _state;

    /// <summary>A socket that is not bound yet.</summary>
    /// <param name="path">The path of the file: absolute, and at most <see cref="UnixSocketFile.LongestPath"/> bytes long.</param>
    /// <param name="mode">The permissions of the file. To connect, a process needs the right to write.</param>
    public UnixListeningSocket(string path, UnixFileMode mode)
    {
        Address = new UnixDomainSocketEndPoint(path);
        Path = path;
        Mode = mode;
        _accept.Completed += OnCompleted;
    }

    public UnixDomainSocketEndPoint Address { get; }

    public string Path { get; }

    public UnixFileMode Mode { get; }

    /// <summary>Creates the file, sets its permissions, and then listens: before that no client can connect.</summary>
    /// <param name="backlog">The number of connections that the kernel holds until they are accepted.</param>
    /// <param name="completed">
    /// Called on a thread of the platform when an accept has completed that <see cref="Accept"/> waited for.
    /// </param>
    /// <exception cref="IOException">The file is in the way. The message is one line.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file does not permit it.</exception>
    /// <exception cref="SocketException">The system refuses the socket.</exception>
    [UnsupportedOSPlatform("windows")]
    public void Listen(int backlog, Action completed)
    {
        UnixSocketFile.RemoveStale(Path);
        var isBound = false;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Bind(new KeptFile(Address));
            isBound = true;
            _file = UnixSocketFile.IdentityOf(Path);
            File.SetUnixFileMode(Path, Mode);
            socket.Listen(backlog);
        }
        catch
        {
            if (isBound)
                UnixSocketFile.Remove(Path, _file);
            socket.Dispose();
            throw;
        }

        _completed = completed;
        _socket = socket;
    }

    /// <summary>
    /// Accepts the next client. Returns null when none waits; then the callback of <see cref="Listen"/> says when to call again, and that
    /// call returns the result.
    /// </summary>
    public Accepted? Accept()
    {
        if (_socket is not { } socket || Volatile.Read(ref _state) == Pending)
            return null;
        if (Volatile.Read(ref _state) == Idle)
        {
            Volatile.Write(ref _state, Pending);
            if (socket.AcceptAsync(_accept))
                return null;
        }

        Volatile.Write(ref _state, Idle);
        var accepted = new Accepted(_accept.SocketError, _accept.AcceptSocket);
        _accept.AcceptSocket = null;
        return accepted;
    }

    // The file goes first. A server that starts between the two steps would otherwise lose the file that it has just bound.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _socket, null) is not { } socket)
            return;
        UnixSocketFile.Remove(Path, _file);
        socket.Dispose();
        _accept.Dispose();
    }

    private void OnCompleted(object? sender, SocketAsyncEventArgs e)
    {
        Volatile.Write(ref _state, Done);
        _completed!();
    }

    /// <summary>What an accept has brought.</summary>
    /// <param name="Error">Why there is no client.</param>
    /// <param name="Socket">The client's socket; null with an error.</param>
    internal readonly record struct Accepted(SocketError Error, Socket? Socket);

    /// <summary>
    /// The same address under another type. .NET's socket that is bound to a <see cref="UnixDomainSocketEndPoint"/> deletes the file after
    /// it has closed, even when the file belongs to another server by then.
    /// </summary>
    private sealed class KeptFile(UnixDomainSocketEndPoint address) : EndPoint
    {
        public override AddressFamily AddressFamily => address.AddressFamily;

        public override SocketAddress Serialize() => address.Serialize();

        public override EndPoint Create(SocketAddress socketAddress) => address.Create(socketAddress);
    }
}
