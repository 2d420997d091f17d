using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorHttp.Connections;
using ActorHttp.Sockets;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit;

namespace ActorHttp.Tests.Connections;

/// <summary>
/// A client behind a real pair of sockets, handed to the listener as production hands one over. The kernel moves the bytes in
/// its own time; what has arrived is asked from the kernel (tcp(7), TCP_INFO), so that no test waits for a length of time.
/// </summary>
internal sealed class SocketClient : ClientEnd
{
    private const int StateClosed = 7;
    private const int StateCloseWait = 8;
    private const int TcpInfo = 11;
    private const int SmallBuffer = 4 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Socket _server;
    private readonly CrashLog _crashes;
    private readonly StringBuilder _taken = new();
    private IActorRef _connection = ActorRefs.Nobody;
    private ITransport _transport = null!;
    private ulong _sent;
    private ulong _junk;
    private bool _hasEnded;
    private bool _isEndExpected;
    private bool _isResetExpected;
    private int _restarts;

    public SocketClient(TestKitBase test)
    {
        _crashes = new CrashLog(test.Sys);
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        _client.Connect(listening.LocalEndPoint!);
        _client.ReceiveTimeout = _client.SendTimeout = (int)Patience.TotalMilliseconds;
        _server = listening.Accept();
        _server.Blocking = false;
    }

    public override IActorRef Connect(IActorRef listener)
    {
        var others = ChildrenOf(listener);
        listener.Tell(new SocketTaken(_client.LocalEndPoint!, new SocketOf(_server), IsOfReserve: false));
        Wait(() => ChildrenOf(listener).Except(others).Any(), "the connection has its actor");
        _connection = ChildrenOf(listener).Except(others).Single();
        _connection.Ask<ActorIdentity>(new Identify(null), Patience).GetAwaiter().GetResult();
        _transport = StateOf(_connection).Transport;
        return _connection;
    }

    public override void Send(byte[] bytes)
    {
        try
        {
            for (var at = 0; at < bytes.Length;)
                at += _client.Send(bytes.AsSpan(at));
        }
        catch (SocketException) when (_isEndExpected)
        {
            // The server has reset the connection, as the test has seen.
        }

        // A test may send from the connection's thread, too.
        Interlocked.Add(ref _sent, (ulong)bytes.Length);
    }

    public override string Read()
    {
        if (_taken.Length == 0)
            Take(1);
        Take(0);
        var taken = _taken.ToString();
        _taken.Clear();
        return taken;
    }

    public override void End()
    {
        _client.Shutdown(SocketShutdown.Send);
        _hasEnded = true;
    }

    public override void Close() => _client.Dispose();

    public override void Reset()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
    }

    // With buffers of fixed size, full of bytes that are none of the connection's.
    public override void StopTaking()
    {
        _client.ReceiveBufferSize = SmallBuffer;
        _server.SendBufferSize = SmallBuffer;
        var junk = new byte[SmallBuffer];
        var isQuiet = 0;
        while (isQuiet < 3)
        {
            var count = _server.Send(junk, SocketFlags.None, out _);
            _junk += (ulong)Math.Max(count, 0);
            isQuiet = count > 0 ? 0 : isQuiet + 1;
            if (count <= 0)
                Wait(() => Info(_client, 128) + NotAcknowledged(_server) >= _junk, "the kernel has moved what it can");
        }
    }

    public override void TakeAgain()
    {
        var buffer = new byte[64 * 1024];
        while (_junk > 0)
            _junk -= (ulong)_client.Receive(buffer, (int)Math.Min(_junk, (ulong)buffer.Length), SocketFlags.None);
    }

    public override void Settle(Action passMailbox)
    {
        Wait(() =>
        {
            passMailbox();
            return IsQuiet();
        }, "the connection has read what it wants to read");
        passMailbox();
    }

    public override void ExpectNothing()
    {
        if (_junk == 0 && !_client.SafeHandle.IsClosed)
            Assert.Equal(0, _client.Available);
        Assert.Equal("", _taken.ToString());
        if (_isResetExpected || _hasEnded || _client.SafeHandle.IsClosed)
            return;
        var state = State(_client);
        Assert.NotEqual(StateClosed, state);
        Assert.True(_isEndExpected || state != StateCloseWait, "the server has closed its side");
    }

    public override void ExpectReset()
    {
        Wait(() => State(_client) == StateClosed, "the client is reset");
        _isEndExpected = _isResetExpected = true;

        // A side that has ended before is closed by an orderly end, too.
        if (_hasEnded)
            Assert.NotEqual(0, (int)_client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!);
        Assert.True(_server.SafeHandle.IsClosed);
    }

    public override void ExpectClose()
    {
        ExpectFin();
        Wait(() => _server.SafeHandle.IsClosed, "the server has closed its socket");
        Assert.True(_hasEnded || State(_client) != StateClosed, "the server has reset the connection");
    }

    public override void ExpectLingeringClose()
    {
        ExpectFin();
        Assert.False(_server.SafeHandle.IsClosed, "the server reads on");
        Assert.NotEqual(StateClosed, State(_client));
    }

    public override void ExpectRestart()
    {
        Wait(() => _crashes.CrashesOf(_connection) > _restarts, "the actor of the connection throws");
        _restarts++;
        Assert.Equal(_restarts, _crashes.CrashesOf(_connection));
    }

    public override void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private static int State(Socket socket)
    {
        var info = new byte[8];
        return socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info) > 0 ? info[0] : 0;
    }

    // struct tcp_info: 120 is tcpi_bytes_acked, 128 tcpi_bytes_received, 200 tcpi_bytes_sent, 208 tcpi_bytes_retrans.
    private static ulong Info(Socket socket, int offset)
    {
        var info = new byte[256];
        socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info);
        return BitConverter.ToUInt64(info, offset);
    }

    private static ulong NotAcknowledged(Socket socket) => (ulong)Epoll.Unacknowledged((int)socket.Handle);

    private static void Wait(Func<bool> claim, string what) =>
        Assert.True(SpinWait.SpinUntil(claim, Patience), $"It did not happen: {what}.");

    // What the client has sent has arrived, or the connection does not want it; what the server has sent has arrived.
    private bool IsQuiet()
    {
        try
        {
            if (_server.SafeHandle.IsClosed)
                return true;
            if (_transport.IsWaiting
                && (Info(_server, 128) < _sent
                    || (_hasEnded && State(_server) != StateCloseWait)
                    || _server.Poll(0, SelectMode.SelectRead)))
            {
                return false;
            }

            return _junk > 0 || _client.SafeHandle.IsClosed || Info(_client, 128) >= Info(_server, 200) - Info(_server, 208);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            return _server.SafeHandle.IsClosed;
        }
    }

    private void ExpectFin()
    {
        Assert.Equal("", _taken.ToString());
        Assert.Equal(0, _client.Receive(new byte[1]));
        _isEndExpected = true;
    }

    private void Take(int least)
    {
        var buffer = new byte[64 * 1024];
        while (least > 0 || _client.Available > 0)
        {
            var count = _client.Receive(buffer);
            Assert.True(count > 0, "the server has closed its side, and something was expected");
            _taken.Append(Encoding.Latin1.GetString(buffer, 0, count));
            least -= count;
        }
    }
}
