using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>Where a seat stands with its gate.</summary>
internal enum DiskSeatState
{
    Outside,
    Waiting,
    Inside,
}

/// <summary>
/// What one actor needs to work on a disk: it enters the gate for each message that makes it touch the disk, and leaves behind
/// it. It is in the actor's Props, so that a restart of the actor loses nothing of it.
/// </summary>
internal class DiskSeat(DiskGate gate, DiskPlace place)
{
    // Set by the gate's message, until the next message that touches the disk.
    private bool _hasTurn;

    // From the moment in which the gate said so to its message. The gate's own state may be ahead of that message.
    private bool _waits;

    public DiskPlace Place => place;

    /// <summary>Who is told when it is this seat's turn.</summary>
    public IActorRef Owner { get; private set; } = ActorRefs.Nobody;

    /// <summary>The request that the seat is for; a seat whose request nobody waits for loses its turn. Null: it never does.</summary>
    public HttpRequest? Request { get; init; }

    public bool IsWanted => Request is not { IsAwaited: false };

    /// <summary>How many messages have been kept since the seat began to wait.</summary>
    public int Kept { get; private set; }

    /// <summary>The gate's own, under its lock.</summary>
    public DiskSeatState State { get; set; }

    /// <summary>The gate's own: whether the seat has been inside, so that its work has begun.</summary>
    public bool HasEntered { get; set; }

    /// <summary>The gate's own: how often the seat has joined a line.</summary>
    public int Joined { get; set; }

    public DiskEntry Enter(IActorRef owner, bool mayRefuse)
    {
        Owner = owner;
        return gate.Enter(this, mayRefuse);
    }

    /// <summary>Ends the operation, or the waiting for one. Without effect outside.</summary>
    public void Leave()
    {
        (_hasTurn, _waits) = (false, false);
        gate.Leave(this);
    }

    /// <summary>
    /// For the AroundReceive of an actor that touches the disk. Whether the message in hand may be taken now; then
    /// <see cref="Leave"/> follows. Else it has been stashed, and comes again when it is this seat's turn.
    /// </summary>
    public bool Admits(object message, IActorRef self, IStash stash)
    {
        if (message is DiskTurn)
        {
            (_hasTurn, _waits, Kept) = (true, false, 0);
            stash.UnstashAll();
            return false;
        }

        if (_hasTurn)
        {
            _hasTurn = false;
            return true;
        }

        _waits = _waits || Enter(self, mayRefuse: false) == DiskEntry.Waits;
        if (!_waits)
            return true;
        stash.Stash();
        Kept++;
        return false;
    }
}
