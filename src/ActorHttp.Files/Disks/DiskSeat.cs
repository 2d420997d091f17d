using ActorHttp.Messages;
using Akka.Actor;

namespace ActorHttp.Files.Disks;

/// <summary>The position of a seat: outside its gate, in a queue, or inside.</summary>
internal enum DiskSeatState
{
    Outside,
    Waiting,
    Inside,
}

/// <summary>
/// The right of one actor to use a disk. The actor enters the gate for each message that touches the disk, and leaves the gate
/// after that message. The Props of the actor contain the seat, so that the seat survives a restart.
/// </summary>
internal class DiskSeat(DiskGate gate, DiskPlace place)
{
    // Set by the message DiskTurn of the gate, or by GiveTurn. Reset by the next message that touches the disk.
    private bool _hasTurn;

    // Whether the seat waits for the message DiskTurn. State can already be Inside while DiskTurn is still in the mailbox.
    private bool _waits;

    public DiskPlace Place => place;

    /// <summary>The actor that gets <see cref="DiskTurn"/> when this seat has entered the gate.</summary>
    public IActorRef Owner { get; private set; } = ActorRefs.Nobody;

    /// <summary>
    /// The request that the seat is for. A waiting seat is dropped when its client has disconnected. A seat without a request is
    /// never dropped.
    /// </summary>
    public HttpRequest? Request { get; init; }

    public bool IsWanted => Request is not { IsAwaited: false };

    /// <summary>The number of messages that have been stashed since the seat began to wait.</summary>
    public int Kept { get; private set; }

    /// <summary>Whether the seat is outside, waiting or inside. Only the gate changes the state, under the lock of the gate.</summary>
    public DiskSeatState State { get; set; }

    /// <summary>Whether the seat has entered the gate before, so that its work has begun. Only the gate changes this property.</summary>
    public bool HasEntered { get; set; }

    /// <summary>The number of times that the seat has joined a queue. Only the gate changes the number.</summary>
    public int Joined { get; set; }

    public DiskEntry Enter(IActorRef owner, bool mayRefuse)
    {
        Owner = owner;
        return gate.Enter(this, mayRefuse);
    }

    /// <summary>
    /// Admits the next message without asking the gate. For a seat with which one actor has already entered the gate, and another
    /// actor does the work.
    /// </summary>
    public void GiveTurn() => _hasTurn = true;

    /// <summary>Leaves the gate, or the queue. Has no effect when the seat is outside.</summary>
    public void Leave()
    {
        (_hasTurn, _waits) = (false, false);
        gate.Leave(this);
    }

    /// <summary>
    /// Whether an actor may handle the current message now. If true, the caller must call <see cref="Leave"/> after the message.
    /// If false, the message is stashed, and the actor receives the message again when the seat has entered the gate. For
    /// <c>AroundReceive</c>.
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
