using ActorHttp.Files.Settings;
using ActorHttp.Messages;
using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;

namespace ActorHttp.Tests.Files;

/// <summary>Requests as the router would hand them on.</summary>
internal static class FileRequests
{
    /// <summary>The settings of coding as hocon/reference.conf has them.</summary>
    public static CodingSettings Coding { get; } = ActorHttpSettings.From(ConfigurationFactory.Empty).Coding;

    /// <summary>The settings of files as hocon/files.conf has them, but for what a test wants otherwise.</summary>
    public static FileSettings Settings(int chunkSize = 64 * 1024) =>
        FileSettings.From(ConfigurationFactory.Empty) with { ChunkSize = chunkSize, FlushToDisk = false };

    /// <summary>A probe in the place of a connection: it grants every claim, and shows the test none.</summary>
    public static TestProbe CreateConnection(this TestKitBase test, bool isGranted = true)
    {
        var probe = test.CreateTestProbe();
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is ClaimExchange claim)
                sender.Tell(new ExchangeClaimed(claim.Exchange, isGranted), probe.Ref);
            return AutoPilot.KeepRunning;
        }));
        probe.IgnoreMessages(message => message is ClaimExchange);
        return probe;
    }

    public static HttpRequest To(
        IActorRef connection,
        string method,
        string path,
        RequestBody body = default,
        params ReadOnlySpan<(string Name, string Value)> headers) =>
        new(
            new Exchange(connection, 1),
            new RequestMethod(method),
            new RequestTarget(TargetForm.Origin, $"/files/{path}", null),
            HttpVersion.Http11,
            HttpHeaders.Of(headers),
            body,
            path);
}
