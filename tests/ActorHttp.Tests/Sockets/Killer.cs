using System.Collections.Concurrent;
using ActorHttp.Messages;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace ActorHttp.Tests.Sockets;

/// <summary>
/// Kills a server's actors, one kind after the other and of each kind whichever chance takes. It comes in by no door that
/// others do not have: it sends messages, some of which nobody survives.
/// </summary>
internal sealed class Killer
{
    private readonly RunningServer _server;
    private readonly Random _chance;
    private readonly Lock _oneAtATime = new();
    private readonly Func<string?>[] _turns;
    private int _turn;

    public Killer(RunningServer server, int seed)
    {
        _server = server;
        _chance = new Random(seed);
        _turns = [KillHandler, KillConnection, KillBodyReader, KillRouter, KillConnection, KillBodyReader, KillParent];

        // Whoever is told a poison does not know it, says so, and is answered with an exception.
        var gossip = new PoisonRef(server.System.DeadLetters);
        gossip.ThrowAlwaysOn(message => message is UnhandledMessage { Message: Poison });
        server.System.EventStream.Subscribe(gossip, typeof(UnhandledMessage));
    }

    /// <summary>How many of each kind have been killed.</summary>
    public ConcurrentDictionary<string, int> Kills { get; } = new();

    public void Strike()
    {
        lock (_oneAtATime)
        {
            if (_turns[_turn++ % _turns.Length]() is { } kind)
                Kills.AddOrUpdate(kind, 1, (_, count) => count + 1);
        }
    }

    /// <summary>Everything that the server consists of, at once.</summary>
    public void StrikeAll()
    {
        foreach (var actor in _server.Parts.SelectMany(RunningServer.ChildrenOf).Concat(_server.Parts))
            actor.Tell(Kill.Instance);
    }

    private string KillHandler() => End(Any(_server.Handlers), "handlers");

    private string KillRouter() => End(_server.Router, "the router");

    // The parent of the handlers, or of connections.
    private string KillParent() => End(Any([.. _server.Parts.Where(part => !part.Equals(_server.Router))]), "parents");

    private string? KillBodyReader()
    {
        var readers = _server.Handlers.Concat(_server.Connections).SelectMany(RunningServer.ChildrenOf).ToList();
        return readers.Count == 0 ? null : End(Any(readers), "body readers");
    }

    private string? KillConnection()
    {
        if (_server.Connections is not { Count: > 0 } connections)
            return null;
        var connection = Any(connections);
        var exchange = new Exchange(connection, _chance.Next(1, 10));
        switch (_chance.Next(5))
        {
            case 0:
                _server.System.Stop(connection);
                break;
            case 1:
                Ledger.Instance.Refuse(connection);
                break;
            case 2:
                connection.Tell(new HttpResponse(exchange, 200, null!, ResponseBody.None));
                break;
            case 3:
                connection.Tell(new BodyChunk(exchange, new PoisonMemory(10).Memory));
                break;
            default:
                End(connection, "");
                break;
        }

        return "connections";
    }

    private string End(IActorRef actor, string kind)
    {
        actor.Tell(_chance.Next(2) == 0 ? Kill.Instance : new Poison());
        return kind;
    }

    private IActorRef Any(IReadOnlyList<IActorRef> actors) => actors[_chance.Next(actors.Count)];

    private sealed record Poison;
}
