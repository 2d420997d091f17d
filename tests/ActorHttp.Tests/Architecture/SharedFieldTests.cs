using System.Text.RegularExpressions;

namespace ActorHttp.Tests.Architecture;

/// <summary>
/// Fields that several threads share. tests/ActorHttp.Interleavings decides the order of the steps on them, for which each step
/// has to be a call, and explores the reorderings of x86. What only a weaker machine reorders is held by this rule alone.
/// </summary>
public sealed partial class SharedFieldTests
{
    private static readonly string[] Explored =
    [
        "Dispatch/RunQueue.cs", "Dispatch/RunQueuePools.cs", "Dispatch/Worker.cs", "Dispatch/WorkerExecutor.cs", "Sockets/Reactor.cs",
        "Sockets/EpollTransport.cs",
        "Handlers/HandlerMailbox.cs",
    ];

    // Those whose other accesses are under a lock, and what is published by another field.
    private static readonly string[] Known =
    [
        "Dispatch/RunQueue.cs _isRetired", "Dispatch/RunQueue.cs _isAsleep", "Dispatch/RunQueue.cs _step", "Dispatch/RunQueue.cs _running",
        "Dispatch/RunQueuePools.cs _pools", "Dispatch/Worker.cs _runQueue", "Dispatch/Worker.cs _next",
        "Dispatch/WorkerExecutor.cs _sleepers", "Dispatch/WorkerExecutor.cs _searchers", "Dispatch/WorkerExecutor.cs _isEnding",
        "Sockets/Reactor.cs _isEnding", "Sockets/Reactor.cs _runQueue",
        "Sockets/EpollTransport.cs _input", "Sockets/EpollTransport.cs _output", "Sockets/EpollTransport.cs _hasMoreBehind",
        "Handlers/HandlerMailbox.cs _hasFirst", "Handlers/HandlerMailbox.cs _deadLetters", "Handlers/HandlerMailbox.cs _requests",
    ];

    [Fact]
    public void A_shared_field_of_the_explored_files_is_touched_by_Volatile_and_Interlocked_alone()
    {
        var shared = new List<string>();
        foreach (var file in Explored)
        {
            var lines = File.ReadAllLines(
                Path.Combine(RoomTests.SourceFolder, file)).Select(line => Regex.Replace(line, "//.*", "")).ToArray();
            var text = string.Join('\n', lines);
            Assert.False(
                Regex.IsMatch(text, @"\bvolatile\b"),
                $"{file}: write Volatile.Read and Volatile.Write, which the exploration sees, for volatile.");
            foreach (var field in SharedField().Matches(text).Select(match => match.Groups[1].Value).Distinct())
            {
                shared.Add($"{file} {field}");
                foreach (var line in lines.Where(line => Regex.IsMatch(line, $@"\b{field}\b") && !Declaration().IsMatch(line)))
                {
                    var bare = Regex.Replace(line, $@"\bref (here\.)?{field}\b", "");
                    Assert.False(Regex.IsMatch(bare, $@"\b{field}\b"), $"{file}: a bare access in {line.Trim()}");
                }
            }
        }

        Assert.Equal(Known.Order(), shared.Order());
    }

    [GeneratedRegex(@"(?:Volatile|Interlocked)\.\w+\(ref (?:here\.)?(_\w+)")]
    private static partial Regex SharedField();

    [GeneratedRegex(@"^\s*private [^(=]+ _\w+( = [^;]*)?;")]
    private static partial Regex Declaration();
}
