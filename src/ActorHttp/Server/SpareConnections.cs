using System.Runtime.InteropServices;
using ActorHttp.Connections;
using Akka.Actor;

namespace ActorHttp.Server;

/// <summary>
/// Finds the connections that have been idle for the longest time. A search looks at all connections and keeps a batch of idle
/// connections. The next search starts when the batch is empty. So many new clients at once do not cost one search for each
/// client.
/// </summary>
/// <param name="grace">
/// The time that a connection must have been idle. After an answer, the client's next request may already be on its way, so the
/// connection is not closed at once.
/// </param>
internal sealed class SpareConnections(TimeSpan grace)
{
    private const int Batch = 256;

    // The number of connections that a search may look at for each idle connection that it finds. After a search with a worse
    // ratio, no search starts for the time of Pause.
    private const int WorthLookingAt = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Queue<(long Since, IActorRef Connection)> _found = new();
    private TimeSpan _nextSearch;

    /// <summary>
    /// Returns the next connection to close; null when all connections are in use. Returns a connection only once as long as it
    /// stays idle.
    /// </summary>
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

    /// <summary>Empties the batch. Called when the number of connections is below the limit again.</summary>
    public void Forget() => _found.Clear();

    private IActorRef? TakeFound(Dictionary<IActorRef, ConnectionState?> connections, long ripe)
    {
        while (_found.TryPeek(out var first))
        {
            // This connection has been idle for the longest time of the batch. So the other connections of the batch have not
            // been idle for long enough either.
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
