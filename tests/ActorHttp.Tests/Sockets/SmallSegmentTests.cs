using ActorHttp.Connections;
using ActorHttp.Connections.Http1;
using ActorHttp.Protocol.Http1;
using ActorHttp.Tests.Connections;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// A client that does not read its answers and goes on sending, in segments as small as it likes: docs/reliability.md says
/// what the server holds for it.
/// </summary>
public sealed class SmallSegmentTests
{
    private const int Window = 64 * 1024;
    private const int Frame = 16 * 1024;
    private const int Pipelining = 16;

    [Theory]
    [InlineData("", 1)]
    [InlineData("", 7)]
    [InlineData("", 100)]
    [InlineData("actor-http.io.reactors = 0", 1)]
    [InlineData("actor-http.io.reactors = 0", 100)]
    [InlineData("actor-http.io.takes-sockets = off", 1)]
    [InlineData("actor-http.io.takes-sockets = off", 100)]
    public async Task What_waits_to_be_read_takes_as_much_memory_as_it_has_bytes(string settings, int segment)
    {
        await using var own = await RunningServer.StartAsync(settings);
        own.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync(string.Concat(Enumerable.Repeat("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n", Pipelining)));
        await Until.TrueAsync(() => own.Connections.Count == 1, "the client has its connection actor");
        var connection = (Http1Connection)ClientEnd.StateOf(own.Connections[0]).Protocol;
        await Until.TrueAsync(() => connection.Pipeline.Count == Pipelining, "no further request is read");

        // The beginning of a request, of which the server reads nothing until an answer is gone.
        var bytes = new byte[segment];
        bytes.AsSpan().Fill((byte)'G');
        for (var sent = 0; !connection.Input.Window.IsSuspended; sent += segment)
        {
            Assert.InRange(sent, 0, Window + KernelBuffers.LargestReceive + KernelBuffers.LargestSend);
            Assert.Equal(segment, await client.Socket.SendAsync(bytes, client.Deadline));
        }

        Assert.InRange(connection.Input.Window.Bytes.Count, Window, Window + Frame);
        Assert.InRange(connection.Input.Window.Bytes.Held, connection.Input.Window.Bytes.Count, Window + Frame + (Window / 4));
        client.Die();
        await Until.TrueAsync(() => own.Connections.Count == 0, "the connection is gone");
    }
}
