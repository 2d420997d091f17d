using Akka.Actor;

namespace ActorHttp.Handlers.Files.Disks;

/// <summary>What a seat is told when it asks to enter.</summary>
internal enum DiskEntry
{
    /// <summary>The operation may begin. <see cref="DiskSeat.Leave"/> ends it.</summary>
    Entered,

    /// <summary>The seat waits in line; its owner is sent <see cref="DiskTurn"/>.</summary>
    Waits,

    /// <summary>The line is full.</summary>
    Refused,
}

/// <summary>Sent to the owner of a seat that waited: it has entered.</summary>
internal sealed record DiskTurn(DiskSeat Seat) : INoSerializationVerificationNeeded, Akka.Event.IDeadLetterSuppression;

/// <summary>
/// Admits disk operations to the threads of one dispatcher. Nobody waits on a thread: a seat that cannot enter waits in a line
/// and its owner, an actor, is sent a message when it can. An operation on a disk that hangs never leaves, so the limits say
/// how many threads one path and one folder can take from all others.
/// </summary>
/// <param name="threads">The threads of the dispatcher. One is kept free, so that actors always hear that they must wait.</param>
/// <param name="queue">How many requests may wait in all; half of them for one folder below the root.</param>
internal sealed class DiskGate(int threads, int queue)
{
    // Two, because the second read of a file is often served from memory while the first waits.
    private const int MostForPath = 2;

    // Of a folder, however deep it is.
    private const int LeastForFolder = 4;

    private readonly Lock _lock = new();
    private readonly int _most = Math.Max(1, threads - 1);
    private readonly Dictionary<string, int> _inside = [];
    private readonly Dictionary<string, int> _waitingBelow = [];
    private readonly Dictionary<string, Line> _lineOf = [];
    private readonly LinkedList<Line> _lines = new();
    private int _entered;
    private int _waiting;
    private int _refusals;

    /// <summary>How many seats are inside.</summary>
    public int Entered
    {
        get
        {
            lock (_lock)
                return _entered;
        }
    }

    /// <summary>How many seats wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting;
        }
    }

    /// <summary>A seat enters, or joins the line of its path.</summary>
    /// <param name="mayRefuse">Whether it may be refused: for a request that has not begun. A transfer in progress always waits.</param>
    public DiskEntry Enter(DiskSeat seat, bool mayRefuse)
    {
        lock (_lock)
        {
            if (seat.State != DiskSeatState.Outside)
                throw new InvalidOperationException($"A seat that asks to enter {seat.Place.Path} is {seat.State}.");
            if (!_lineOf.ContainsKey(seat.Place.Path) && HasRoom(seat.Place))
            {
                Take(seat);
                return DiskEntry.Entered;
            }

            if (mayRefuse && IsFull(seat.Place))
            {
                // The line may be full of requests that have been answered. To look at all of them for each refusal would cost more
                // than it saves.
                if (_refusals++ % Math.Max(1, queue / 16) == 0)
                    RemoveUnwanted();
                if (IsFull(seat.Place))
                    return DiskEntry.Refused;
            }

            Join(seat);
            return DiskEntry.Waits;
        }
    }

    /// <summary>A seat is done, or gives up: whatever it is, afterwards it is outside.</summary>
    public void Leave(DiskSeat seat)
    {
        List<DiskSeat>? next = null;
        lock (_lock)
        {
            switch (seat.State)
            {
                case DiskSeatState.Waiting:
                    // It stays in its line until its turn, and is passed over then.
                    seat.State = DiskSeatState.Outside;
                    CountWaiting(seat.Place, -1);
                    break;
                case DiskSeatState.Inside:
                    seat.State = DiskSeatState.Outside;
                    _entered--;
                    foreach (var key in seat.Place.Keys)
                        Count(_inside, key, -1);
                    next = LetIn();
                    break;
            }
        }

        // Outside the lock: what a message sets going is not ours to know.
        foreach (var entered in next ?? [])
            entered.Owner.Tell(new DiskTurn(entered), ActorRefs.NoSender);
    }

    private bool HasRoom(DiskPlace place)
    {
        if (_entered >= _most)
            return false;
        var keys = place.Keys;
        for (var i = 0; i < keys.Count; i++)
        {
            if (_inside.TryGetValue(keys[i], out var inside) && inside >= MostFor(i, isPath: i == keys.Count - 1))
                return false;
        }

        return true;
    }

    // Half of the threads for a folder below the root, and half of that for each level below it: where one hangs, the others
    // in the same folder have as many left.
    private int MostFor(int depth, bool isPath) => isPath
        ? Math.Min(MostForPath, Math.Max(1, _most / 2))
        : Math.Clamp((_most + 1) >> Math.Min(depth + 1, 16), Math.Min(LeastForFolder, Math.Max(1, _most / 2)), _most);

    private bool IsFull(DiskPlace place) =>
        _waiting >= queue || (_waitingBelow.TryGetValue(place.Keys[0], out var below) && below >= Math.Max(1, queue / 2));

    private void Take(DiskSeat seat)
    {
        seat.State = DiskSeatState.Inside;
        _entered++;
        foreach (var key in seat.Place.Keys)
            Count(_inside, key, 1);
    }

    private void Join(DiskSeat seat)
    {
        seat.State = DiskSeatState.Waiting;
        CountWaiting(seat.Place, 1);
        if (!_lineOf.TryGetValue(seat.Place.Path, out var line))
        {
            _lineOf[seat.Place.Path] = line = new Line(seat.Place);
            _lines.AddLast(line);
        }

        // Outside since it joined, and joined again: its place in the line is the old one, and counts once.
        line.Seats.Enqueue((seat, ++seat.Joined));
    }

    // The first of each line, as far as there is room; a line that let one in is looked at last the next time.
    private List<DiskSeat>? LetIn()
    {
        List<DiskSeat>? entered = null;
        for (var (node, left) = (_lines.First, _lines.Count); node is not null && left > 0 && _entered < _most; left--)
        {
            var (line, next) = (node.Value, node.Next);
            if (line.Trim(this) && HasRoom(line.Place))
            {
                var (seat, _) = line.Seats.Dequeue();
                CountWaiting(seat.Place, -1);
                Take(seat);
                (entered ??= []).Add(seat);
                _lines.Remove(node);
                if (line.Trim(this))
                    _lines.AddLast(node);
            }

            if (line.Seats.Count == 0)
            {
                _lineOf.Remove(line.Place.Path);
                if (node.List is not null)
                    _lines.Remove(node);
            }

            node = next;
        }

        return entered;
    }

    private void RemoveUnwanted()
    {
        for (var node = _lines.First; node is not null;)
        {
            var (line, next) = (node.Value, node.Next);
            for (var count = line.Seats.Count; count > 0; count--)
            {
                if (line.TakeWanted(this) is { } kept)
                    line.Seats.Enqueue(kept);
            }

            if (line.Seats.Count == 0)
            {
                _lineOf.Remove(line.Place.Path);
                _lines.Remove(node);
            }

            node = next;
        }
    }

    private void CountWaiting(DiskPlace place, int change)
    {
        _waiting += change;
        Count(_waitingBelow, place.Keys[0], change);
    }

    private static void Count(Dictionary<string, int> counts, string key, int change)
    {
        var count = counts.GetValueOrDefault(key) + change;
        if (count == 0)
            counts.Remove(key);
        else
            counts[key] = count;
    }

    /// <summary>Those that wait for one path, in the order in which they came.</summary>
    private sealed class Line(DiskPlace place)
    {
        public DiskPlace Place => place;

        public Queue<(DiskSeat Seat, int Joined)> Seats { get; } = new();

        /// <summary>Drops what nobody waits for any more from the front. Answers whether somebody is left.</summary>
        public bool Trim(DiskGate gate)
        {
            while (Seats.TryPeek(out var first) && !IsWanted(first))
                TakeWanted(gate);
            return Seats.Count > 0;
        }

        /// <summary>Takes the first; null when it is dropped.</summary>
        public (DiskSeat Seat, int Joined)? TakeWanted(DiskGate gate)
        {
            var first = Seats.Dequeue();
            if (IsWanted(first))
                return first;
            if (IsWaiting(first))
            {
                first.Seat.State = DiskSeatState.Outside;
                gate.CountWaiting(first.Seat.Place, -1);
            }

            return null;
        }

        private static bool IsWaiting((DiskSeat Seat, int Joined) entry) =>
            entry.Seat.State == DiskSeatState.Waiting && entry.Seat.Joined == entry.Joined;

        private static bool IsWanted((DiskSeat Seat, int Joined) entry) => IsWaiting(entry) && entry.Seat.IsWanted;
    }
}
