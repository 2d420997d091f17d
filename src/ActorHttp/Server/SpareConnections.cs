using System.Runtime.InteropServices;
using ActorHttp.Connections;
using Akka.Actor;

namespace ActorHttp.Server;

/// <summary>
/// Finds the connections that have been idle for longest. A search looks at all connections and keeps a batch, and the next search
/// comes when the batch is used up. So a storm of new clients does not cost a search for each client.
/// </summary>
/// <param name="grace">
/// How long a connection must have been idle. A request may be on its way to a connection that has just answered.
/// </param>
internal sealed class SpareConnections(TimeSpan grace)
{
    private const int Batch = 256;

    // A search may look at this many connections for each idle one that it finds. After a search that looked at more, there is a pause.
    private const int WorthLookingAt = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Queue<(long Since, IActorRef Connection)> _found = new();
    private TimeSpan _nextSearch;

    /// <summary>Returns the next connection to close, each one once as long as it stays idle; null when all are in use.</summary>
    public IActorRef? Next(Dictionary<IActorRef, ConnectionState?> connections, TimeSpan now)
    {
        var ripe = (now - grace).Ticks;
        if (TakeFound(connections, ripe) is { } found)
            return found;
        if (_found.Count > 0 || now < _nextSearch)
            return null;
        Search(connections, ripe, now);
        return TakeFound(connections, ripe);
    }

    /// <summary>Whether the batch is empty.</summary>
    public bool IsEmpty => _found.Count == 0;

    /// <summary>Forgets the batch. Used when there is room again.</summary>
    public void Forget() => _found.Clear();

    private IActorRef? TakeFound(Dictionary<IActorRef, ConnectionState?> connections, long ripe)
    {
        while (_found.TryPeek(out var first))
        {
            // All other connections of the batch have been idle for a shorter time.
            if (first.Since > ripe)
                return null;
            _found.Dequeue();
            if (connections.TryGetValue(first.Connection, out var state) && state?.SpareSince == first.Since)
                return first.Connection;
        }

        return null;
    }

    private void Search(Dictionary<IActorRef, ConnectionState?> connections, long ripe, TimeSpan now)
    {
        List<(long Since, IActorRef Connection)> spare = [];
        foreach (var (connection, state) in connections)
        {
            if (state?.SpareSince is { } since && since <= ripe)
                spare.Add((since, connection));
        }

        CollectionsMarshal.AsSpan(spare).Sort((one, other) => one.Since.CompareTo(other.Since));
        foreach (var found in CollectionsMarshal.AsSpan(spare)[..Math.Min(Batch, spare.Count)])
            _found.Enqueue(found);
        if (_found.Count * WorthLookingAt < connections.Count)
            _nextSearch = now + Pause;
    }
}
