using System.Net.Sockets;
using ActorHttp.Sockets;

namespace ActorHttp.Micro.Cores;

/// <summary>
/// A transport in memory, without a socket. Its client sends the same request each time, and drops the answers. One answer is one
/// write, because the client sends a request only after the previous answer.
/// </summary>
internal sealed class MemoryTransport : Transport
{
    private const int Empty = 0;
    private const int Awaited = 1;
    private const int Full = 2;

    private static readonly byte[] Request = "GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray();

    private int _input;
    private int _isAnswered = 1;
    private long _answers;
    private long _foreign;

    /// <summary>The thread of the connection's core.</summary>
    public Thread? Home { get; set; }

    /// <summary>The number of answers so far.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>The number of answers that the thread of another core wrote.</summary>
    public long Foreign => Volatile.Read(ref _foreign);

    /// <summary>Sends a request if the previous request has been answered. Returns false if it has not.</summary>
    public bool TrySend()
    {
        if (Volatile.Read(ref _isAnswered) == 0 || Volatile.Read(ref _input) != Awaited)
            return false;
        Volatile.Write(ref _isAnswered, 0);
        if (Interlocked.Exchange(ref _input, Full) == Awaited)
            TellReadable();
        return true;
    }

    public override int Unacknowledged => 0;

    public override bool HasUnread => Volatile.Read(ref _input) == Full;

    protected override int Receive(Span<byte> buffer, out SocketError error)
    {
        if (Interlocked.Exchange(ref _input, Empty) == Full)
        {
            error = SocketError.Success;
            Request.CopyTo(buffer);
            return Request.Length;
        }

        error = SocketError.WouldBlock;
        return 0;
    }

    protected override bool ReadLater() => Interlocked.CompareExchange(ref _input, Awaited, Empty) == Empty;

    protected override int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        if (!bytes.StartsWith("HTTP/1.1 200 "u8))
            throw new InvalidOperationException("The answer is not 200.");
        if (Thread.CurrentThread != Home)
            Volatile.Write(ref _foreign, _foreign + 1);
        Volatile.Write(ref _answers, _answers + 1);
        Volatile.Write(ref _isAnswered, 1);
        error = SocketError.Success;
        return bytes.Length;
    }

    protected override int Send(ArraySegment<byte>[] pieces, out SocketError error) => throw new NotSupportedException();

    protected override bool SendLater(ArraySegment<byte> bytes, out int sent) => throw new NotSupportedException();

    protected override int FinishSend(out SocketError error) => throw new NotSupportedException();

    protected override void SendFin(bool andReceiveNoMore)
    {
    }

    protected override void PrepareReset()
    {
    }

    protected override void CloseSocket()
    {
    }
}
