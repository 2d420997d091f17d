using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The result of <see cref="DiskGate.Enter"/>.</summary>
internal enum DiskEntry
{
    /// <summary>The seat has entered, and the disk operation may begin. <see cref="DiskSeat.Leave"/> must follow the operation.</summary>
    Entered,

    /// <summary>
    /// The seat waits in the queue of its path. The owner of the seat gets <see cref="DiskTurn"/> when the seat has entered.
    /// </summary>
    Waits,

    /// <summary>The queue is full.</summary>
    Refused,
}

/// <summary>Tells the owner of a waiting seat that the seat has entered the gate.</summary>
internal sealed record DiskTurn(DiskSeat Seat) : INoSerializationVerificationNeeded, Akka.Event.IDeadLetterSuppression;

/// <summary>
/// Admits disk operations to the threads of one dispatcher. No thread waits at the gate: a seat that cannot enter joins a queue.
/// The owner of the seat, an actor, gets a message when the seat has entered. An operation on a disk that hangs never leaves the
/// gate. For that reason the number of threads for one path, and for one folder, is limited.
/// </summary>
/// <param name="threads">
/// The number of threads of the dispatcher. The gate leaves one thread free, so that there is always a thread to run an actor
/// whose seat must wait.
/// </param>
/// <param name="queue">The most requests that may wait in total. At most half of them may wait for one folder below the root.</param>
internal sealed class DiskGate(int threads, int queue)
{
    // Two operations may run for one path: the second read of a file often finds its data in memory, while the first read waits
    // for the disk.
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

    /// <summary>The number of seats inside the gate.</summary>
    public int Entered
    {
        get
        {
            lock (_lock)
                return _entered;
        }
    }

    /// <summary>The number of seats that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting;
        }
    }

    /// <summary>Lets a seat enter, or adds the seat to the queue of its path.</summary>
    /// <param name="seat">The seat, which must be outside the gate.</param>
    /// <param name="mayRefuse">
    /// Whether the gate may refuse the seat when the queue is full. True for a request whose work has not begun; false for a
    /// transfer in progress.
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
                // The queue may be full of requests whose clients have disconnected. Searching the queue at each refusal would
                // cost more than the search saves, so only some refusals search the queue.
                if (_refusals++ % Math.Max(1, queue / 16) == 0)
                    RemoveUnwanted();
                if (IsFull(seat.Place))
                    return DiskEntry.Refused;
            }

            Join(seat);
            return DiskEntry.Waits;
        }
    }

    /// <summary>Removes a seat from the gate or from its queue. A seat that is outside stays outside.</summary>
    public void Leave(DiskSeat seat)
    {
        List<DiskSeat>? next = null;
        lock (_lock)
        {
            switch (seat.State)
            {
                case DiskSeatState.Waiting:
                    // The entry of the seat stays in the queue. The gate removes the entry when the entry comes to the front of
                    // the queue.
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

        // Sends the messages outside the lock, because Tell can run any code.
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

    // A folder below the root gets half of the threads, and each deeper level gets half of the level above. So when all
    // operations in one folder hang, at least as many threads remain for the other folders.
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

        // A seat can leave its queue and join the queue again. The number Joined distinguishes the new entry from the old entry
        // of the same seat.
        line.Add((seat, ++seat.Joined));
    }

    // Lets the first seat of each queue enter while there is room. A queue whose seat has entered moves to the end of the list of
    // queues.
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
    /// The seats that wait for one path. The seats are in two queues that are served in turn: seats whose work has begun, and new
    /// seats. With only one queue, work in several steps would wait behind all new work at each step. Under load no work would
    /// end in time.
    /// </summary>
    private sealed class Line(DiskPlace place)
    {
        private readonly Queue<(DiskSeat Seat, int Joined)> _begun = new();
        private readonly Queue<(DiskSeat Seat, int Joined)> _new = new();
        private bool _isTurnOfNew;

        public DiskPlace Place => place;

        public int Count => _begun.Count + _new.Count;

        // The queue that is served next. The two queues are served in turn, and an empty queue is skipped.
        private Queue<(DiskSeat Seat, int Joined)> Next => _begun.Count == 0 || (_isTurnOfNew && _new.Count > 0) ? _new : _begun;

        public void Add((DiskSeat Seat, int Joined) entry) => (entry.Seat.HasEntered ? _begun : _new).Enqueue(entry);

        /// <summary>Removes and returns the next seat. Call <see cref="Trim"/> before; the line must not be empty.</summary>
        public (DiskSeat Seat, int Joined) Take()
        {
            var next = Next;
            _isTurnOfNew = ReferenceEquals(next, _begun);
            return next.Dequeue();
        }

        /// <summary>Drops unwanted seats from the front of both queues. Returns whether any seat still waits.</summary>
        public bool Trim(DiskGate gate)
        {
            TrimQueue(_begun, gate);
            TrimQueue(_new, gate);
            return Count > 0;
        }

        /// <summary>Drops all unwanted seats from both queues.</summary>
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
