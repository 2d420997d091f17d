using System.Diagnostics.CodeAnalysis;
using ActorHttp.ConsoleHost;
using ActorHttp.Files.Storage;
using ActorHttp.Tests.Sockets;

namespace ActorHttp.Tests.ConsoleHost;

/// <summary>The console program where the system gives it too little: no right to a folder, no descriptor for a file.</summary>
public sealed class ExhaustionTests : IDisposable
{
    private const int Descriptors = 300;
    private const string Here = "GET /echo/here HTTP/1.1\r\nHost: localhost\r\n\r\n";

    // Root may do anything to any file; without this right it is refused what its owner is refused.
    private static readonly string[] WithoutOverride = Environment.IsPrivilegedProcess
        ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
        : [];

    private readonly TemporaryDirectory _files = new("root");

    public void Dispose() => _files.Dispose();

    [WrapperFact("setpriv", asRoot: true)]
    [SuppressMessage("Interoperability", "CA1416", Justification = "It is skipped on other systems.")]
    public async Task What_the_server_has_no_right_to_is_403_and_stays_as_it_is()
    {
        _files.Add("closed/file", "the bytes");
        _files.Add("read-only/file", "the bytes");
        _files.Add("unreadable", "the bytes");
        File.SetUnixFileMode(_files["closed"], UnixFileMode.None);
        File.SetUnixFileMode(_files["read-only"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_files["unreadable"], UnixFileMode.None);
        try
        {
            using var server = ServerProcess.StartUnder(WithoutOverride, ["--port", "0", "--directory", _files.Path]);
            await server.ReadyAsync();
            using var client = await RawClient.ConnectAsync(server.Address);
            foreach (var name in new[] { "closed/file", "closed/new", "closed/folder/new" })
            {
                Assert.Equal(403, (await client.ExchangeAsync(Get(name))).Status);
                Assert.Equal(403, (await client.ExchangeAsync(Put(name))).Status);
                Assert.Equal(403, (await client.ExchangeAsync(Delete(name))).Status);
            }

            Assert.Equal("the bytes", (await client.ExchangeAsync(Get("read-only/file"))).Text);
            Assert.Equal(404, (await client.ExchangeAsync(Get("read-only/new"))).Status);
            Assert.Equal(403, (await client.ExchangeAsync(Put("read-only/file"))).Status);
            Assert.Equal(403, (await client.ExchangeAsync(Put("read-only/folder/new"))).Status);
            Assert.Equal(403, (await client.ExchangeAsync(Delete("read-only/file"))).Status);
            Assert.Equal(403, (await client.ExchangeAsync(Get("unreadable"))).Status);
            Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).Status);
            Assert.Empty(OpenDescriptors.Below(_files.Path, server.Id));
        }
        finally
        {
            File.SetUnixFileMode(_files["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(_files["read-only"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(_files["unreadable"], UnixFileMode.UserRead);
        }

        Assert.Equal(["closed", "closed/file", "read-only", "read-only/file", "unreadable"], _files.Entries);
        Assert.Equal("the bytes", File.ReadAllText(_files["closed/file"]));
        Assert.Equal("the bytes", File.ReadAllText(_files["read-only/file"]));
    }

    [WrapperFact("setpriv", asRoot: true)]
    [SuppressMessage("Interoperability", "CA1416", Justification = "It is skipped on other systems.")]
    public async Task The_ready_line_says_that_the_server_may_not_write_and_a_folder_that_it_may_not_read_is_refused()
    {
        Directory.CreateDirectory(_files["read-only"]);
        Directory.CreateDirectory(_files["closed/inner"]);
        File.SetUnixFileMode(_files["read-only"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_files["closed"], UnixFileMode.None);
        try
        {
            using var server = ServerProcess.StartUnder(WithoutOverride, ["--port", "0", "--directory", _files["read-only"]]);
            Assert.EndsWith($"serving {_files["read-only"]} (read-only: this process may not write there)", await server.ReadyAsync());
            foreach (var folder in new[] { _files["closed"], _files["closed/inner"] })
            {
                using var refused = ServerProcess.StartUnder(WithoutOverride, ["--port", "0", "--directory", folder]);
                Assert.Equal(1, await refused.ExitAsync());
                Assert.Equal($"The directory {folder} may not be read by this process: permission denied.", Assert.Single(refused.Errors));
            }
        }
        finally
        {
            File.SetUnixFileMode(_files["read-only"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(_files["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [WrapperFact("prlimit")]
    public async Task With_the_least_number_of_descriptors_it_serves_and_stores()
    {
        _files.Add("file", "the bytes");
        using var server = ServerProcess.StartUnder(
            ["prlimit", $"--nofile={DescriptorCheck.Least}:{DescriptorCheck.Least}"], ["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        using var client = await RawClient.ConnectAsync(server.Address);
        Assert.Equal("here", (await client.ExchangeAsync(Here)).Text);
        Assert.Equal("the bytes", (await client.ExchangeAsync(Get("file"))).Text);
        Assert.Equal(201, (await client.ExchangeAsync(Put("new"))).Status);
        Assert.Equal(204, (await client.ExchangeAsync(Delete("new"))).Status);
    }

    [WrapperFact("prlimit")]
    public async Task Without_a_descriptor_for_a_file_it_is_503_and_all_is_well_when_there_is_one_again()
    {
        _files.Add("file", "the bytes");
        _files.Add("kept", "the old bytes");
        _files.Add("large", new byte[16 * 1024 * 1024]);
        using var server = ServerProcess.StartUnder(
            ["prlimit", $"--nofile={Descriptors}:{Descriptors}"], ["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        using var client = await RawClient.ConnectAsync(server.Address);

        // What is loaded when it is first used has been used: it takes descriptors as well, for a moment.
        Assert.Equal("the bytes", (await client.ExchangeAsync(Get("file"))).Text);
        Assert.Equal(201, (await client.ExchangeAsync(Put("first"))).Status);
        Assert.Equal(204, (await client.ExchangeAsync(Delete("first"))).Status);
        Assert.Equal(404, (await client.ExchangeAsync(Get("first"))).Status);
        var before = OpenDescriptors.Sockets(server.Id);

        var others = new List<RawClient>();
        try
        {
            // A reserve of descriptors is kept: a client that would take one of it is told no, and one of its last half is reset.
            while (await TryConnectAsync(server) is { } other)
                others.Add(other);
            Assert.InRange(others.Count, 20, Descriptors);

            // Files have what is below the reserve as well, and no more. A download that nobody reads keeps its file open.
            var held = 0;
            while (await BeginDownloadAsync(others[held]) == 200)
                held++;
            Assert.Equal(503, await BeginDownloadAsync(client, "file"));
            for (var i = held + 1; i < others.Count; i++)
            {
                Assert.Equal(503, (await others[i].ExchangeAsync(Get("file"))).Status);
                Assert.Equal(503, (await others[i].ExchangeAsync(Put("kept"))).Status);
                Assert.Equal("here", (await others[i].ExchangeAsync(Here)).Text);
            }

            Assert.Equal(["file", "kept", "large"], _files.Entries);
            Assert.Equal("the old bytes", File.ReadAllText(_files["kept"]));
        }
        finally
        {
            foreach (var other in others)
                other.Dispose();
        }

        await Until.TrueAsync(() => OpenDescriptors.Sockets(server.Id) == before, "the others' descriptors are back");
        Assert.Equal("the bytes", (await client.ExchangeAsync(Get("file"))).Text);
        Assert.Equal(204, (await client.ExchangeAsync(Put("kept"))).Status);
        Assert.Equal("hello", File.ReadAllText(_files["kept"]));
        Assert.Equal(["file", "kept", "large"], _files.Entries);
        await Until.TrueAsync(() => OpenDescriptors.Below(_files.Path, server.Id).Count == 0, "no file is open");
        Assert.False(server.HasExited);
    }

    [WrapperFact("prlimit")]
    public async Task A_connection_has_one_file_open_for_its_answers_however_many_requests_it_sends()
    {
        const int Others = 20;
        const int Requests = 16;
        _files.Add("file", "the bytes");
        _files.Add("large", TemporaryDirectory.Pattern(16 * 1024 * 1024));
        using var server = ServerProcess.StartUnder(
            ["prlimit", $"--nofile={Descriptors}:{Descriptors}"], ["--port", "0", "--directory", _files.Path]);
        await server.ReadyAsync();
        var others = new List<RawClient>();
        try
        {
            for (var i = 0; i < Others; i++)
            {
                others.Add(await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024));
                await others[i].SendAsync(string.Concat(Enumerable.Repeat(Get("large"), Requests)));
            }

            foreach (var other in others)
                Assert.Equal(200, (await other.ReadHeadAsync()).Status);
            using var honest = await RawClient.ConnectAsync(server.Address);
            Assert.Equal("the bytes", (await honest.ExchangeAsync(Get("file"))).Text);
            Assert.InRange(OpenDescriptors.Below(_files.Path, server.Id).Count, 1, Others);

            // Each of them is answered all the same, in its turn.
            var head = new RawHead(
                200, "", [("Content-Length", (16 * 1024 * 1024).ToString(System.Globalization.CultureInfo.InvariantCulture))]);
            for (var i = 0; i < Requests; i++)
            {
                if (i > 0)
                    Assert.Equal(200, (await others[0].ReadHeadAsync()).Status);
                long length = 0;
                await others[0].ReadBodyAsync(head, "GET", bytes => length += bytes.Length);
                Assert.Equal(16 * 1024 * 1024, length);
            }
        }
        finally
        {
            foreach (var other in others)
                other.Dispose();
        }

        await Until.TrueAsync(() => OpenDescriptors.Below(_files.Path, server.Id).Count == 0, "no file is open");
    }

    // A client that is served; null when it is refused.
    private static async Task<RawClient?> TryConnectAsync(ServerProcess server)
    {
        var client = await RawClient.ConnectAsync(server.Address, receiveBuffer: 16 * 1024);
        var response = await client.ExchangeAsync(Here);
        if (response.Status == 200)
            return client;
        Assert.Equal(503, response.Status);
        Assert.Equal("The server has as many files open as it may have.\n", response.Text);
        client.Dispose();
        return null;
    }

    private static async Task<int> BeginDownloadAsync(RawClient client, string name = "large")
    {
        await client.SendAsync(Get(name));
        var head = await client.ReadHeadAsync();
        if (head.Status != 200)
            await client.ReadBodyAsync(head, "GET", _ => { });
        return head.Status;
    }

    private static string Get(string name) => $"GET /files/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static string Put(string name) => $"PUT /files/{name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";

    private static string Delete(string name) => $"DELETE /files/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n";
}
