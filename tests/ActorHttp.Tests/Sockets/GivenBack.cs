using System.Net;
using System.Runtime.InteropServices;
using ActorHttp.Tests.Kit;
using Akka.Actor;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// What a server holds for its clients: actors, sockets, files, rented arrays, native memory and timers. All are counted by
/// server, so that tests can run side by side: sockets by the server's port, files by its folder, the rest by its actor system.
/// </summary>
internal sealed class GivenBack(RunningServer server)
{
    private readonly ActorSystem _system = server.System;
    private readonly IPEndPoint _address = server.Address;
    private readonly string _folder = server.Files.Path;
    private readonly int _listening = OpenDescriptors.SocketsAt(server.Address.Port);
    private readonly HashSet<string> _before = [.. Walk(Root(server.System)).Select(actor => actor.Path.ToStringWithoutAddress())];

    /// <summary>Waits until a server without clients holds nothing for them.</summary>
    public Task WithoutClientsAsync() => NothingAsync("its clients are gone", () =>
    [
        .. Actors(),
        .. Sockets(_listening),
        .. OpenDescriptors.Below(_folder),
        .. Ledger.Instance.Of(_system),
        .. Timers(),
    ]);

    /// <summary>Waits until a stopped server holds nothing at all.</summary>
    public Task StoppedAsync() => NothingAsync("it has stopped", () =>
    [
        .. Sockets(0),
        .. OpenDescriptors.At(_folder),
        .. OpenDescriptors.Below(_folder),
        .. Ledger.Instance.Of(_system),
    ]);

    private static async Task NothingAsync(string when, Func<IReadOnlyList<string>> held)
    {
        IReadOnlyList<string> last = [];
        try
        {
            await Until.TrueAsync(() => (last = held()).Count == 0, "");
        }
        catch (Xunit.Sdk.FailException)
        {
            Assert.Fail($"The server has not given back, {when}: {string.Join("; ", last.Take(10))} ({last.Count} in all)");
        }
    }

    private IEnumerable<string> Actors() => Walk(Root(_system))
        .Select(actor => actor.Path.ToStringWithoutAddress())
        .Where(path => !_before.Contains(path) && (IsOfServer(path) || path.StartsWith("/system/IO-TCP", StringComparison.Ordinal)));

    // The parts of the server, their handlers, and the actors that wait for the disk stay. The children of a test's own handlers
    // are the test's affair.
    private static bool IsOfServer(string path)
    {
        if (!path.StartsWith("/user/actor-http/", StringComparison.Ordinal))
            return false;
        var names = path.Split('/')[3..];
        return names switch
        {
            [_] or [_, "refusals"] or [_, "acceptor"] or ["handlers", _] => false,
            ["handlers", "files", "disk"] or ["handlers", "files", "disk", "sweep"] => false,
            ["handlers", var handler, ..] => handler is "files" or "fault" || handler.StartsWith("files-", StringComparison.Ordinal),
            _ => true,
        };
    }

    private static IActorRef Root(ActorSystem system) => ((ExtendedActorSystem)system).Provider.RootGuardian;

    private static IEnumerable<IActorRef> Walk(IActorRef actor)
    {
        yield return actor;
        if (actor is not ActorRefWithCell parent)
            yield break;
        foreach (var child in parent.Children.SelectMany(Walk))
            yield return child;
    }

    private IEnumerable<string> Sockets(int listening)
    {
        var sockets = OpenDescriptors.SocketsAt(_address.Port);
        return sockets <= listening ? [] : [$"{sockets - listening} sockets"];
    }

    private IEnumerable<string> Timers() => (_system.Scheduler as PoisonClock)?.TimersOfTheDead() ?? [];
}
