using System.Runtime.InteropServices;
using System.Text;
using ActorHttp.Tests.Files;
using Microsoft.Win32.SafeHandles;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// What a disk may do to a server: fill up, change under it, hold names that are no text. Each is answered or cut visibly,
/// the old bytes stay, and nothing is left open or lying about. Rights and descriptors are in ConsoleHost/ExhaustionTests.
/// </summary>
public sealed class DiskFaultTests : IAsyncLifetime
{
    private const int SmallDiskSize = 256;

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync()
    {
        await Until.TrueAsync(() => _server.Transfers.Count == 0, "no upload and no download goes on");
        await Until.TrueAsync(() => OpenDescriptors.Below(_server.Files.Path).Count == 0, "no file is open");
        Assert.DoesNotContain(_server.Files.Entries, name => name.Contains("actor-http-upload", StringComparison.Ordinal));
        await _server.DisposeAsync();
    }

    [MountFact]
    public async Task A_declared_length_that_the_disk_cannot_hold_is_507_before_the_body()
    {
        using var disk = new SmallDisk(_server.Files["disk"], SmallDiskSize);
        _server.Files.Add("disk/kept", "the old bytes");
        using var client = await _server.ConnectAsync();
        var response = await client.ExchangeAsync(
            $"PUT /files/disk/kept HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {(SmallDiskSize + 1) * 1024}\r\n\r\n");
        Assert.Equal(507, response.Status);
        Assert.Equal("close", response["Connection"]);
        await client.ExpectFinAsync();
        await AssertDiskIsFineAsync();
    }

    [MountFact]
    public async Task A_chunked_body_that_the_disk_cannot_hold_is_507_when_it_is_full()
    {
        using var disk = new SmallDisk(_server.Files["disk"], SmallDiskSize);
        _server.Files.Add("disk/kept", "the old bytes");
        using var client = await _server.ConnectAsync();
        await client.SendAsync(
            $"PUT /files/disk/kept HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{SmallDiskSize * 1024 * 2:x}\r\n");
        await client.SendAsync(new byte[(SmallDiskSize + 64) * 1024]);
        Assert.Equal(507, (await client.ReadResponseAsync()).Status);
        await AssertDiskIsFineAsync();
    }

    [MountFact]
    public async Task Two_that_fit_only_one_at_a_time_leave_no_part_of_each_other()
    {
        // Both lengths are found to fit, before either of the bodies has come.
        using var disk = new SmallDisk(_server.Files["disk"], SmallDiskSize);
        _server.Files.Add("disk/kept", "the old bytes");
        var body = TemporaryDirectory.Pattern(200 * 1024);
        using var first = await _server.ConnectAsync();
        using var second = await _server.ConnectAsync();
        foreach (var client in new[] { first, second })
        {
            await client.SendAsync(
                $"PUT /files/disk/kept HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n");
        }

        foreach (var client in new[] { first, second })
            Assert.Equal(100, (await client.ReadInterimAsync()).Status);
        await first.SendAsync(body.AsMemory(0, 190 * 1024));
        await Until.TrueAsync(
            () => new DirectoryInfo(_server.Files["disk"]).GetFiles().Any(part => part.Length == 190 * 1024),
            "what has come of the first is on the disk");
        await second.SendAsync(body);
        Assert.Equal(507, (await second.ReadResponseAsync()).Status);
        await first.SendAsync(body.AsMemory(190 * 1024));
        Assert.Equal(204, (await first.ReadResponseAsync()).Status);
        Assert.Equal(body, File.ReadAllBytes(_server.Files["disk/kept"]));
        await Until.TrueAsync(() => Directory.GetFileSystemEntries(_server.Files["disk"]).Length == 1, "no part of the other is left");
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_sent_is_the_old_one_to_its_end()
    {
        var old = TemporaryDirectory.Pattern(KernelBuffers.LargestSend + (4 * 1024 * 1024));
        var path = _server.Files.Add("replaced", old);
        using var client = await BeginAsync("replaced");
        var head = await client.ReadHeadAsync();
        File.Move(_server.Files.Add("young", "the new bytes"), path, overwrite: true);
        Assert.Equal("the new bytes", (await _server.ExchangeAsync("GET /files/replaced HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.True(old.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Fact]
    public async Task A_file_that_is_deleted_while_it_is_sent_is_sent_to_its_end()
    {
        var old = TemporaryDirectory.Pattern(KernelBuffers.LargestSend + (4 * 1024 * 1024));
        _server.Files.Add("deleted", old);
        using var client = await BeginAsync("deleted");
        var head = await client.ReadHeadAsync();
        Assert.Equal(204, (await _server.ExchangeAsync("DELETE /files/deleted HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.True(old.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Fact]
    public async Task A_file_that_is_overwritten_while_it_is_sent_keeps_the_length_that_was_said()
    {
        // Which of the bytes are the new ones, nobody can promise for a file that is written to in place; how many, we can.
        var length = KernelBuffers.LargestSend + (4 * 1024 * 1024);
        var path = _server.Files.Add("overwritten", new byte[length]);
        using var client = await BeginAsync("overwritten");
        var head = await client.ReadHeadAsync();
        var longer = new byte[length + (1024 * 1024)];
        Array.Fill(longer, (byte)1);
        using (var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write(longer);
        var read = new MemoryStream();
        await client.ReadBodyAsync(head, "GET", bytes => read.Write(bytes.Span));
        Assert.Equal(length, read.Length);
        Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Nothing_stays_open_of_answers_that_nobody_read()
    {
        _server.Files.Add("large", new byte[KernelBuffers.LargestSend + (4 * 1024 * 1024)]);
        const string Get = "GET /files/large HTTP/1.1\r\nHost: x\r\n";
        using (var client = await _server.ConnectAsync())
        {
            Assert.Equal(200, (await client.ExchangeAsync("HEAD /files/large HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD")).Status);
            Assert.Equal(412, (await client.ExchangeAsync(Get + "If-Match: \"other\"\r\n\r\n")).Status);
            Assert.Equal(304, (await client.ExchangeAsync(Get + "If-None-Match: *\r\n\r\n")).Status);
            Assert.Equal(416, (await client.ExchangeAsync(Get + "Range: bytes=999999999-\r\n\r\n")).Status);
            Assert.Equal(406, (await client.ExchangeAsync(Get + "Accept-Encoding: identity;q=0\r\n\r\n")).Status);
        }

        await Until.TrueAsync(() => OpenDescriptors.Below(_server.Files.Path).Count == 0, "no file is open");
        using (var client = await BeginAsync("large", times: 5))
        {
            Assert.Equal(200, (await client.ReadHeadAsync()).Status);
            Assert.NotEmpty(_server.Transfers);
            client.Die();
        }

        await Until.TrueAsync(() => OpenDescriptors.Below(_server.Files.Path).Count == 0, "no file is open");
    }

    [Fact]
    public async Task A_folder_that_goes_under_an_upload_is_503_and_does_not_take_the_handler_with_it()
    {
        await using var own = await RunningServer.StartAsync();
        using var client = await own.ConnectAsync();
        await client.SendAsync("PUT /files/late HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
        await Until.TrueAsync(() => own.Files.Entries.Count == 1, "the upload is under way");
        Directory.Delete(own.Files.Path, recursive: true);
        Assert.Equal(503, (await client.ExchangeAsync("world")).Status);
        Directory.CreateDirectory(own.Files.Path);
        Assert.Equal(201, (await client.ExchangeAsync("PUT /files/late HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")).Status);
        Assert.Equal(["late"], own.Files.Entries);
    }

    [LinuxFact]
    public async Task Names_that_are_not_UTF_8_are_listed_read_and_deleted_but_not_made()
    {
        Directory.CreateDirectory(_server.Files["folder"]);
        using var bad = new BadName(_server.Files.Path);
        _ = new BadName(_server.Files["folder"]);
        using var client = await _server.ConnectAsync();
        foreach (var name in new[] { "%FF", "b%FFd", "folder/b%FFd", "%FF/x", "%C0%AF", "%ED%A0%80" })
            Assert.Equal(400, (await client.ExchangeAsync($"PUT /files/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).Status);
        Assert.Equal(200, (await client.ExchangeAsync("GET /files/b%FFd HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Contains(
            "\"href\":\"b%FFd\"", (await client.ExchangeAsync("GET /files/ HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n")).Text);
        Assert.Equal(204, (await client.ExchangeAsync("DELETE /files/folder/b%FFd HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Equal(404, (await client.ExchangeAsync("GET /files/folder/b%FFd HTTP/1.1\r\nHost: x\r\n\r\n")).Status);

        // U+FFFD is how .NET shows such a byte; it is not the name.
        Assert.Equal(404, (await client.ExchangeAsync("GET /files/b%EF%BF%BDd HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Equal(404, (await client.ExchangeAsync("DELETE /files/b%EF%BF%BDd HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Equal(201, (await client.ExchangeAsync("PUT /files/folder/good HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")).Status);
        Assert.Equal("ok", (await client.ExchangeAsync("GET /files/folder/good HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        Assert.Equal(204, (await client.ExchangeAsync("DELETE /files/folder/good HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Equal(404, (await client.ExchangeAsync("GET /files/folder/good HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    private async Task<RawClient> BeginAsync(string name, int times = 1)
    {
        var client = await RawClient.ConnectAsync(_server.Address, receiveBuffer: 16 * 1024);
        await client.SendAsync(string.Concat(Enumerable.Repeat($"GET /files/{name} HTTP/1.1\r\nHost: x\r\n\r\n", times)));
        return client;
    }

    private async Task AssertDiskIsFineAsync()
    {
        Assert.Equal("the old bytes", File.ReadAllText(_server.Files["disk/kept"]));
        await Until.TrueAsync(() => Directory.GetFileSystemEntries(_server.Files["disk"]).Length == 1, "no part of the upload is left");
        using var client = await _server.ConnectAsync();
        await client.SendAsync($"PUT /files/disk/kept HTTP/1.1\r\nHost: x\r\nContent-Length: {200 * 1024}\r\n\r\n");
        await client.SendAsync(new byte[200 * 1024]);
        Assert.Equal(204, (await client.ReadResponseAsync()).Status);
    }

    // An empty file called b, 0xFF, d: .NET can neither make such a name nor remove it.
    private sealed class BadName : IDisposable
    {
        private const int CreateToWrite = 0x41;
        private const int ReadAndWrite = 0x180;

        private readonly byte[] _path;

        public BadName(string folder)
        {
            _path = [.. Encoding.UTF8.GetBytes(folder), (byte)'/', (byte)'b', 0xFF, (byte)'d', 0];
            var descriptor = Open(_path, CreateToWrite, ReadAndWrite);
            Assert.True(descriptor >= 0, "The file cannot be made.");
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        }

        public void Dispose() => Assert.Equal(0, Unlink(_path));

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Open(byte[] path, int flags, int mode);

        [DllImport("libc", EntryPoint = "unlink", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Unlink(byte[] path);
    }
}
