using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>Whether a seat is inside its gate.</summary>
internal enum DiskSeatState
{
    Outside,
    Waiting,
    Inside,
}

/// <summary>
/// The right of one actor to work on a disk. The actor enters the gate for each message that makes it touch the disk, and leaves after
/// it. The actor's Props carry the seat, so that a restart loses nothing of it.
/// </summary>
internal class DiskSeat(DiskGate gate, DiskPlace place)
{
    // Set by the message of the gate, or by GiveTurn. Reset by the next message that touches the disk.
    private bool _hasTurn;

    // Set while the seat waits for the DiskTurn of its gate. The state of the gate may be ahead of that message.
    private bool _waits;

    public DiskPlace Place => place;

    /// <summary>The actor that is told when it is this seat's turn.</summary>
    public IActorRef Owner { get; private set; } = ActorRefs.Nobody;

    /// <summary>
    /// The request that the seat is for. A seat whose client has left loses its turn. A seat without a request never does.
    /// </summary>
    public HttpRequest? Request { get; init; }

    public bool IsWanted => Request is not { IsAwaited: false };

    /// <summary>How many messages have been stashed since the seat began to wait.</summary>
    public int Kept { get; private set; }

    /// <summary>Whether the seat is inside. Only the gate changes it, under its lock.</summary>
    public DiskSeatState State { get; set; }

    /// <summary>Whether the seat has been inside before, so that its work has begun. Only the gate changes it.</summary>
    public bool HasEntered { get; set; }

    /// <summary>How often the seat has joined a line. Only the gate changes it.</summary>
    public int Joined { get; set; }

    public DiskEntry Enter(IActorRef owner, bool mayRefuse)
    {
        Owner = owner;
        return gate.Enter(this, mayRefuse);
    }

    /// <summary>
    /// Lets the next message in without asking the gate. For a seat with which one actor has entered and another one works.
    /// </summary>
    public void GiveTurn() => _hasTurn = true;

    /// <summary>Ends the operation, or the wait for one. Has no effect outside the gate.</summary>
    public void Leave()
    {
        (_hasTurn, _waits) = (false, false);
        gate.Leave(this);
    }

    /// <summary>
    /// Whether the current message of an actor may be handled now. If it may, <see cref="Leave"/> must follow. If not, the message has
    /// been stashed, and comes again when it is this seat's turn. For <c>AroundReceive</c>.
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
