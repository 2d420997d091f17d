using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// A client that sends the bytes it is told to and takes responses apart by the letter. A server that sends nothing and
/// takes nothing for <see cref="Patience"/> fails a test and does not hang it. Bytes that move begin that time anew: how
/// long a test takes depends on how busy the machine is.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly ConcurrentDictionary<RawClient, EndPoint> Open = [];

    private readonly CancellationTokenSource _deadline = new(Patience);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private RawClient(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>Ends a wait in which nothing moved. Each use begins the time anew.</summary>
    public CancellationToken Deadline
    {
        get
        {
            _deadline.CancelAfter(Patience);
            return _deadline.Token;
        }
    }

    /// <summary>Connects. A receive buffer of a known size keeps the kernel from growing it.</summary>
    public static async Task<RawClient> ConnectAsync(EndPoint server, int receiveBuffer = 0, int sendBuffer = 0)
    {
        var socket = server is IPEndPoint
            ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer;
        if (sendBuffer > 0)
            socket.SendBufferSize = sendBuffer;
        var client = new RawClient(socket);
        Open[client] = server;
        await socket.ConnectAsync(server, client.Deadline);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await Socket.SendAsync(bytes, Deadline)..];
    }

    /// <summary>Ends the client's side; the server's stays open.</summary>
    public void FinishSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Leaves without a goodbye: the server sees a reset.</summary>
    public void Die()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    public async Task<RawResponse> ExchangeAsync(string request, string method = "GET")
    {
        await SendAsync(request);
        return await ReadResponseAsync(method);
    }

    /// <summary>One final response, to its last byte and not one further.</summary>
    public async Task<RawResponse> ReadResponseAsync(string method = "GET")
    {
        var head = await ReadHeadAsync();
        var body = new MemoryStream();
        await ReadBodyAsync(head, method, bytes => body.Write(bytes.Span));
        return new RawResponse(head, body.ToArray());
    }

    /// <summary>A final head; an interim one before it is an error unless it is read with <see cref="ReadInterimAsync"/>.</summary>
    public async Task<RawHead> ReadHeadAsync()
    {
        var head = await ReadAnyHeadAsync();
        Assert.True(head.Status >= 200, $"An interim response, {head.Status}, that was not asked for.");
        head.CheckAsFinal();
        return head;
    }

    /// <summary>An interim head with these fields, in this order, and no others.</summary>
    public async Task<RawHead> ReadInterimAsync(params (string Name, string Value)[] fields)
    {
        var head = await ReadAnyHeadAsync();
        Assert.InRange(head.Status, 100, 199);
        Assert.Equal(fields, head.Fields);
        return head;
    }

    /// <summary>The body behind a head, as its framing says.</summary>
    public async Task ReadBodyAsync(RawHead head, string method, Action<ReadOnlyMemory<byte>> take)
    {
        if (method == "HEAD" || head.Status is 204 or 304)
            return;
        if (head["Transfer-Encoding"] is { } coding)
        {
            Assert.Equal("chunked", coding);
            await ReadChunkedAsync(take);
        }
        else if (head["Content-Length"] is { } length)
        {
            await TakeAsync(long.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), take);
        }
        else
        {
            while (await HasMoreAsync())
                TakeBuffered(long.MaxValue, take);
        }
    }

    /// <summary>Everything until the server's side ends, and how it ended.</summary>
    public async Task<(byte[] Bytes, StreamEnd End)> ReadToEndAsync()
    {
        var bytes = new MemoryStream();
        try
        {
            while (await HasMoreAsync())
                TakeBuffered(long.MaxValue, part => bytes.Write(part.Span));
            return (bytes.ToArray(), StreamEnd.Fin);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            return (bytes.ToArray(), StreamEnd.Reset);
        }
    }

    /// <summary>Nothing more comes, and the server says goodbye properly.</summary>
    public async Task ExpectFinAsync()
    {
        var (bytes, end) = await ReadToEndAsync();
        Assert.Equal("", Encoding.Latin1.GetString(bytes));
        Assert.Equal(StreamEnd.Fin, end);
    }

    /// <summary>Closes the clients of a server that a test has left open.</summary>
    public static void DisposeAllOf(EndPoint server)
    {
        foreach (var (client, _) in Open.Where(pair => pair.Value.Equals(server)))
            client.Dispose();
    }

    public void Dispose()
    {
        Open.TryRemove(this, out _);
        Socket.Dispose();
        _deadline.Dispose();
    }

    /// <summary>The next head, an interim one too.</summary>
    public async Task<RawHead> ReadAnyHeadAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line.Length == 0)
                return RawHead.Parse(text.ToString());
            if (text.Length > 0)
                text.Append("\r\n");
            text.Append(line);
        }
    }

    private async Task ReadChunkedAsync(Action<ReadOnlyMemory<byte>> take)
    {
        while (true)
        {
            var size = long.Parse(await ReadLineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size > 0)
                await TakeAsync(size, take);
            Assert.Equal("", await ReadLineAsync());
            if (size == 0)
                return;
        }
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (!await HasMoreAsync())
                throw new EndOfStreamException($"The server ended behind '{line}'.");
            var c = (char)_buffer[_start++];
            if (c != '\n')
            {
                line.Append(c);
                continue;
            }

            Assert.Equal('\r', line[^1]);
            return line.ToString(0, line.Length - 1);
        }
    }

    private async Task TakeAsync(long count, Action<ReadOnlyMemory<byte>> take)
    {
        while (count > 0)
        {
            if (!await HasMoreAsync())
                throw new EndOfStreamException($"The server ended {count} bytes too early.");
            count -= TakeBuffered(count, take);
        }
    }

    private int TakeBuffered(long most, Action<ReadOnlyMemory<byte>> take)
    {
        var length = (int)Math.Min(most, _end - _start);
        take(_buffer.AsMemory(_start, length));
        _start += length;
        return length;
    }

    private async ValueTask<bool> HasMoreAsync()
    {
        if (_start < _end)
            return true;
        _start = 0;
        _end = await Socket.ReceiveAsync(_buffer, Deadline);
        return _end > 0;
    }
}
