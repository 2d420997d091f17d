using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace ActorHttp.Sockets;

/// <summary>
/// A listening unix socket and its file. This object is an argument of the Props of the accepting actor, so it stays the same
/// over a restart of the actor.
/// </summary>
internal sealed class UnixListeningSocket : IDisposable
{
    // The states of an asynchronous accept.
    private const int Idle = 0;
    private const int Pending = 1;
    private const int Done = 2;

    private readonly SocketAsyncEventArgs _accept = new(true);
    private UnixSocketFile.Identity? _file;
    private Socket? _socket;
    private Action? _completed;
    private int _state;

    /// <summary>Creates a socket that is not bound yet.</summary>
    /// <param name="path">The path of the file: absolute, and at most <see cref="UnixSocketFile.LongestPath"/> bytes long.</param>
    /// <param name="mode">The permissions of the file. A process needs write permission to connect.</param>
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

    /// <summary>
    /// Creates the file, sets its permissions, and then listens. No client can connect before the socket listens, so no client
    /// can connect with the wrong permissions.
    /// </summary>
    /// <param name="backlog">The number of connections that the kernel queues before they are accepted.</param>
    /// <param name="completed">
    /// Called when an asynchronous accept has completed, after <see cref="Accept"/> has returned null. Runs on a thread of the
    /// platform.
    /// </param>
    /// <exception cref="IOException">
    /// The path cannot be used (<see cref="UnixSocketFile.RemoveStale"/>). The message is one line.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The permissions of the folder or the file do not allow the bind.</exception>
    /// <exception cref="SocketException">The system cannot create, bind or use the socket.</exception>
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
    /// Accepts the next client. Returns null when no client waits. Then the callback of <see cref="Listen"/> is called when the
    /// accept has completed, and the next call of this method returns the result of that accept.
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

    // Removes the file before the socket is closed. In the other order, a new server could bind the same path between the two
    // steps, and this method would remove the new server's file.
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

    /// <summary>The result of an accept.</summary>
    /// <param name="Error">The error of the accept, or Success.</param>
    /// <param name="Socket">The client's socket; null with an error.</param>
    internal readonly record struct Accepted(SocketError Error, Socket? Socket);

    /// <summary>
    /// The same address as an object of another type. A .NET socket that is bound to a <see cref="UnixDomainSocketEndPoint"/>
    /// deletes the file after the socket is closed. At that time the file may already belong to another server.
    /// </summary>
    private sealed class KeptFile(UnixDomainSocketEndPoint address) : EndPoint
    {
        public override AddressFamily AddressFamily => address.AddressFamily;

        public override SocketAddress Serialize() => address.Serialize();

        public override EndPoint Create(SocketAddress socketAddress) => address.Create(socketAddress);
    }
}
