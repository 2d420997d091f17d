using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The answer of a gate to a seat that asks to enter.</summary>
internal enum DiskEntry
{
    /// <summary>The operation may begin. <see cref="DiskSeat.Leave"/> ends it.</summary>
    Entered,

    /// <summary>The seat waits in line. Its owner gets <see cref="DiskTurn"/> when the seat has entered.</summary>
    Waits,

    /// <summary>The line is full.</summary>
    Refused,
}

/// <summary>Sent to the owner of a seat that has waited: the seat has entered.</summary>
internal sealed record DiskTurn(DiskSeat Seat) : INoSerializationVerificationNeeded, Akka.Event.IDeadLetterSuppression;

/// <summary>
/// Admits disk operations to the threads of one dispatcher. No thread waits: a seat that cannot enter waits in a line, and its owner, an
/// actor, gets a message when the seat has entered. An operation on a disk that hangs never leaves the gate. Therefore limits say how many
/// threads one path and one folder can take from all others.
/// </summary>
/// <param name="threads">The number of threads of the dispatcher. One is kept free, so that actors can always be told to wait.</param>
/// <param name="queue">How many requests may wait in all. Half of them may wait for one folder below the root.</param>
internal sealed class DiskGate(int threads, int queue)
{
    // Two, because the second read of a file often finds it in memory while the first one waits for the disk.
    private const int MostForPath = 2;

    // The smallest limit of a folder, at any depth.
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
    /// <param name="seat">The seat; it must be outside.</param>
    /// <param name="mayRefuse">
    /// Whether the seat may be refused when the line is full: for a request that has not begun. A transfer in progress always
    /// waits.
    /// </param>
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
                // The line may be full of requests that no client waits for any more. Looking for them at each refusal would cost
                // more than it saves, so only some refusals do it.
                if (_refusals++ % Math.Max(1, queue / 16) == 0)
                    RemoveUnwanted();
                if (IsFull(seat.Place))
                    return DiskEntry.Refused;
            }

            Join(seat);
            return DiskEntry.Waits;
        }
    }

    /// <summary>Takes a seat out of the gate or out of its line. A seat that is outside stays outside.</summary>
    public void Leave(DiskSeat seat)
    {
        List<DiskSeat>? next = null;
        lock (_lock)
        {
            switch (seat.State)
            {
                case DiskSeatState.Waiting:
                    // The seat's entry stays in the queue of the place. The gate removes the entry when its turn comes.
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

        // Outside the lock, because a message can run any code.
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

    // Half of the threads for a folder below the root, and half of that for each further level. So when one folder hangs, the folders
    // beside it have as many threads left.
    private int MostFor(int depth, bool isPath) => isPath
        ? Math.Min(MostForPath, Math.Max(1, _most / 2))
        : Math.Clamp((_most + 1) >> Math.Min(depth + 1, 16), Math.Min(LeastForFolder, Math.Max(1, _most / 2)), _most);

    private bool IsFull(DiskPlace place) =>
        _waiting >= queue || (_waitingBelow.TryGetValue(place.Keys[0], out var below) && below >= Math.Max(1, queue / 2));

    private void Take(DiskSeat seat)
    {
        seat.State = DiskSeatState.Inside;
        seat.HasEntered = true;
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

        // A seat can leave its line and join it again. The number tells its new entry from the old one.
        line.Add((seat, ++seat.Joined));
    }

    // Lets the first seat of each line in, as far as there is room. A line that let a seat in goes to the end of the list.
    private List<DiskSeat>? LetIn()
    {
        List<DiskSeat>? entered = null;
        for (var (node, left) = (_lines.First, _lines.Count); node is not null && left > 0 && _entered < _most; left--)
        {
            var (line, next) = (node.Value, node.Next);
            if (line.Trim(this) && HasRoom(line.Place))
            {
                var (seat, _) = line.Take();
                CountWaiting(seat.Place, -1);
                Take(seat);
                (entered ??= []).Add(seat);
                _lines.Remove(node);
                if (line.Trim(this))
                    _lines.AddLast(node);
            }

            if (line.Count == 0)
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
            line.RemoveUnwanted(this);
            if (line.Count == 0)
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

    /// <summary>
    /// The seats that wait for one path, in two queues that take turns: seats whose work has begun, and new seats. With one queue, work
    /// in several steps would wait behind all new work at each step, and under load no work would be finished in time.
    /// </summary>
    private sealed class Line(DiskPlace place)
    {
        private readonly Queue<(DiskSeat Seat, int Joined)> _begun = new();
        private readonly Queue<(DiskSeat Seat, int Joined)> _new = new();
        private bool _isTurnOfNew;

        public DiskPlace Place => place;

        public int Count => _begun.Count + _new.Count;

        // The queues take turns. An empty queue gives its turn to the other.
        private Queue<(DiskSeat Seat, int Joined)> Next => _begun.Count == 0 || (_isTurnOfNew && _new.Count > 0) ? _new : _begun;

        public void Add((DiskSeat Seat, int Joined) entry) => (entry.Seat.HasEntered ? _begun : _new).Enqueue(entry);

        /// <summary>Takes the next seat. The line must have been trimmed and must not be empty.</summary>
        public (DiskSeat Seat, int Joined) Take()
        {
            var next = Next;
            _isTurnOfNew = ReferenceEquals(next, _begun);
            return next.Dequeue();
        }

        /// <summary>Drops seats that are not wanted any more from the front of the queues. Returns whether a seat is left.</summary>
        public bool Trim(DiskGate gate)
        {
            TrimQueue(_begun, gate);
            TrimQueue(_new, gate);
            return Count > 0;
        }

        /// <summary>Drops all seats that are not wanted any more.</summary>
        public void RemoveUnwanted(DiskGate gate)
        {
            foreach (var queue in new[] { _begun, _new })
            {
                for (var count = queue.Count; count > 0; count--)
                {
                    var entry = queue.Dequeue();
                    if (IsWanted(entry))
                        queue.Enqueue(entry);
                    else
                        Drop(entry, gate);
                }
            }
        }

        private static void TrimQueue(Queue<(DiskSeat Seat, int Joined)> queue, DiskGate gate)
        {
            while (queue.TryPeek(out var first) && !IsWanted(first))
                Drop(queue.Dequeue(), gate);
        }

        private static void Drop((DiskSeat Seat, int Joined) entry, DiskGate gate)
        {
            if (!IsWaiting(entry))
                return;
            entry.Seat.State = DiskSeatState.Outside;
            gate.CountWaiting(entry.Seat.Place, -1);
        }

        private static bool IsWaiting((DiskSeat Seat, int Joined) entry) =>
            entry.Seat.State == DiskSeatState.Waiting && entry.Seat.Joined == entry.Joined;

        private static bool IsWanted((DiskSeat Seat, int Joined) entry) => IsWaiting(entry) && entry.Seat.IsWanted;
    }
}
