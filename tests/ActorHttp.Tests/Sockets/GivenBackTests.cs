namespace ActorHttp.Tests.Sockets;

/// <summary>Tests that count what the whole process has run when no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>
/// What a server gives back when it stops, and <see cref="GivenBack"/> cannot count by server: the descriptors of its reactors,
/// and its threads.
/// </summary>
[Collection(nameof(AloneCollection))]
public sealed class GivenBackTests
{
    [Theory]
    [InlineData("actor-http.io.reactors = 2")]
    [InlineData("actor-http.io.reactors = 0")]
    [InlineData("actor-http.io.takes-sockets = off")]
    public async Task A_server_that_has_stopped_leaves_no_descriptor_and_no_thread(string settings)
    {
        // The runtime opens descriptors of its own at the first use.
        await ServeAsync(settings);
        var (descriptors, threads) = (OpenDescriptors.Kinds(), Threads());
        for (var i = 0; i < 3; i++)
            await ServeAsync(settings);
        await Until.TrueAsync(() => Threads() <= threads, "the threads of the servers have ended");
        foreach (var kind in new[] { "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "socket", "pipe" })
        {
            var before = descriptors.GetValueOrDefault(kind);
            await Until.TrueAsync(() => OpenDescriptors.Kinds().GetValueOrDefault(kind) <= before, $"no more of {kind} than {before}");
        }
    }

    private static async Task ServeAsync(string settings)
    {
        await using var server = await RunningServer.StartAsync(settings);
        Assert.Equal(200, (await server.ExchangeAsync("GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
    }

    private static int Threads() => !OperatingSystem.IsLinux() ? 0
        : Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith("actor-http", StringComparison.Ordinal));

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            // It has ended since.
            return "";
        }
    }
}
