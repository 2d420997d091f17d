using System.Globalization;
using ActorHttp.Tests.Files;

namespace ActorHttp.Tests.Sockets;

/// <summary>What a client's speed earns it, and what the kernel holds for a slow one. On the wire, and on each transport.</summary>
public sealed class RateTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static TheoryData<string> Transports => ["", "actor-http.io.reactors = 0", "actor-http.io.takes-sockets = off"];

    // Where Akka.IO holds the sockets nobody knows what the client has acknowledged.
    public static TheoryData<string> OwnTransports => ["", "actor-http.io.reactors = 0"];

    [LinuxTheory, MemberData(nameof(OwnTransports))]
    public async Task What_a_reader_takes_at_once_earns_it_no_more_than_a_new_wait_would(string settings)
    {
        // It takes 400 KiB, which are worth 40 s, but too little for the kernel to take more of us. Then it takes nothing. A new
        // wait has 1 s and what a frame is worth, less than 3 s in all.
        await using var own = await RunningServer.StartAsync(
            settings + "\nactor-http { timeouts.rate-grace = 1s, rates.response = 10000, io { unsent-window = 1MiB, frame-size "
                + "= 16KiB } }");
        own.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadHeadAsync();
        await Until.TrueAsync(() => SendQueue(own, client) > 512 * 1024, "the kernel holds what it may");
        var part = new byte[16 * 1024];
        for (var taken = 0; taken < 400 * 1024;)
            taken += await client.Socket.ReceiveAsync(part, client.Deadline);
        await Until.TrueAsync(() => own.Connections.Count == 0, "the server has given the client up");
    }

    [LinuxTheory, MemberData(nameof(Transports))]
    public async Task The_kernel_holds_no_more_than_the_unsent_window_for_a_reader_that_takes_nothing(string settings)
    {
        const int Window = 16 * 1024;

        // One send of ours, and what the client's kernel has room for, come on top. The kernel by itself would take megabytes.
        const int Most = Window + (256 * 1024);
        await using var own = await RunningServer.StartAsync(settings + $"\nactor-http.io.unsent-window = {Window}B");
        own.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        using var client = await RawClient.ConnectAsync(own.Address, receiveBuffer: 4 * 1024);
        await client.SendAsync("GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n");
        await Until.TrueAsync(() => SendQueue(own, client) > 0, "the client's buffer is full");
        using var again = new PeriodicTimer(Interval);
        for (var look = 0; look < 10; look++)
        {
            Assert.InRange(SendQueue(own, client), 1, Most);
            await again.WaitForNextTickAsync(client.Deadline);
        }
    }

    [Theory, MemberData(nameof(Transports)), Trait("RFC", "9110 §15.5.9")]
    public async Task What_frames_a_body_earns_no_time(string settings)
    {
        // Each chunk has one byte of body, which is worth a microsecond, and an extension of a hundred.
        await using var own = await RunningServer.StartAsync(
            settings + "\nactor-http { timeouts.rate-grace = 500ms, rates.request-body = 1000000, limits.chunk-extension-size = 100MiB }",
            Guests.AddTo);
        using var client = await own.ConnectAsync();
        await client.SendAsync("POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var chunk = $"1;{new string('e', 100_000)}\r\nx\r\n";
        while (client.Socket.Available == 0)
        {
            await client.SendAsync(chunk);
            await again.WaitForNextTickAsync(client.Deadline);
        }

        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
    }

    // What the server's end of the client's connection has not seen acknowledged, in bytes: proc_net_tcp(5), tx_queue.
    private static int SendQueue(RunningServer server, RawClient client)
    {
        var remote = $":{((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port:X4}";
        var local = $":{server.Address.Port:X4}";
        return File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[1].EndsWith(local, StringComparison.Ordinal) && fields[2].EndsWith(remote, StringComparison.Ordinal))
            .Select(fields => int.Parse(fields[4].Split(':')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            .SingleOrDefault();
    }
}
