using ActorHttp.Protocol;
using ActorHttp.Protocol.Http1;
using Akka.Actor;

namespace ActorHttp.Connections;

/// <summary>What a connection waits for. It waits for one thing at a time, and each has its limit.</summary>
internal enum Wait
{
    Nothing,
    Idle,
    LastRequest,
    RequestHead,
    RequestBody,
    Handler,
    Commit,
    Response,
    Linger,
}

// One timer for everything. It is moved only when the new deadline is nearer than it: on a busy connection that
// is almost never, and when it fires too early it is set again to the deadline of that moment.
internal sealed partial class ConnectionActor
{
    private Wait _wait;
    private long _waitFor;
    private TimeSpan _waitingSince;
    private TimeSpan _deadline;
    private TimeSpan _timerAt = TimeSpan.MaxValue;

    // When it was last looked whether the client reads.
    private int _unacknowledged;

    // Counts what handlers, sources and a body's sender do, so that the wait for the next step is a new one.
    private long _progress;

    // Counts the reads whose bytes were thrown away, for the same purpose: a client that sends on is not silent.
    private long _thrownAway;

    // The request whose body is being waited for.
    private long _waitingBody;

    // Longer than a request can be on its way to a server that has just answered the one before.
    private bool HasBeenIdle => _wait == Wait.Idle && Now - _waitingSince >= _wire.Server.Settings.Timeouts.DrainGrace;

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private void UpdateDeadline()
    {
        // Until the answers that are in the mailbox have been seen nobody waits for anything.
        if (!_flushScheduled)
            MoveDeadline();
    }

    private void MoveDeadline()
    {
        var wait = CurrentWait(out var waitFor);
        if (wait == _wait && waitFor == _waitFor)
            return;
        var now = Now;
        if (_wait == Wait.RequestBody)
            _wire.BodyCredit.Spend(_waitingBody, now - _waitingSince);
        _waitingBody = _wire.BodyCredit.Number;
        _wait = wait;
        _waitFor = waitFor;
        _waitingSince = now;
        if (wait == Wait.Response)
            _unacknowledged = _wire.Transport.Unacknowledged;
        _deadline = now + Allowance(wait, now);
        _wire.SpareSince = SpareSince(wait, now);
        if (_deadline < _timerAt)
            SetTimer(now);
    }

    // A connection that has lingered for as long as a silent client may is kept for its client's sake only.
    private long SpareSince(Wait wait, TimeSpan now) => wait switch
    {
        Wait.Idle => now.Ticks,
        Wait.Linger when _wire.Ending == Ending.Closing =>
            (_wire.LingerEnd - _wire.Server.Settings.Timeouts.LingerLimit + _wire.Server.Settings.Timeouts.Linger).Ticks,
        _ => Wire.NotSpare,
    };

    private void SetTimer(TimeSpan now)
    {
        _timerAt = _deadline;
        var delay = _deadline > now ? _deadline - now : TimeSpan.Zero;
        Timers.StartSingleTimer(Wait.Nothing, DeadlineCheck.Instance, delay);
    }

    private void OnDeadlineCheck()
    {
        _timerAt = TimeSpan.MaxValue;

        // In the mailbox before the flush: the deadline may be that of a wait which is over.
        if (_flushScheduled)
            MoveDeadline();
        var now = Now;

        if (_wait == Wait.Response && now >= _deadline)
            Extend(now);
        if (now < _deadline)
            SetTimer(now);
        else
            Expire(_wait);
    }

    private Wait CurrentWait(out long waitFor)
    {
        waitFor = 0;
        if (_wire.Ending >= Ending.Closing)
        {
            waitFor = _wire.Ending == Ending.Closing ? _thrownAway : -1;
            return Wait.Linger;
        }

        if (_wire.InFlight > 0)
        {
            waitFor = _wire.Writes;
            return Wait.Response;
        }

        if (_wire.BodySlot is { IsPulled: true })
        {
            waitFor = _progress;
            return Wait.RequestBody;
        }

        if (_wire.Pipeline.First is { } first)
        {
            waitFor = _progress;
            return first is { IsClaimed: true, Response: null } ? Wait.Commit : Wait.Handler;
        }

        if (_wire.Discarded is not null)
        {
            waitFor = _progress;
            return Wait.RequestBody;
        }

        if (_wire.IsBeforeRequest)
        {
            waitFor = _wire.LastNumber;
            return _wire.IsDraining ? Wait.LastRequest : Wait.Idle;
        }

        waitFor = _wire.LastNumber;
        return Wait.RequestHead;
    }

    private TimeSpan Allowance(Wait wait, TimeSpan now)
    {
        var settings = _wire.Server.Settings;
        var times = settings.Timeouts;
        return wait switch
        {
            Wait.Idle => times.Idle,
            Wait.LastRequest => times.DrainGrace,
            Wait.RequestHead => times.RequestHead,
            Wait.Handler => times.Handler,
            Wait.Commit => times.Commit,
            Wait.Response => times.RateGrace + TimeOf(_wire.NextStep),
            Wait.RequestBody => _wire.BodyCredit.Settle(settings.Rates.RequestBody, times.RequestBody),
            Wait.Linger when _wire.Ending == Ending.Closing && _wire.LingerEnd - now < times.Linger => _wire.LingerEnd - now,
            _ => times.Linger,
        };
    }

    // By what the client has taken since the last look: the kernel does not tell before there is room for half of
    // io.unsent-window. But to no more than a new wait would have, or one that takes much at once could then take nothing for
    // minutes.
    private void Extend(TimeSpan now)
    {
        var before = _unacknowledged;
        _unacknowledged = _wire.Transport.Unacknowledged;
        var (earned, most) = (_deadline + TimeOf(before - _unacknowledged), now + Allowance(Wait.Response, now));
        _deadline = earned < most ? earned : most;
    }

    private TimeSpan TimeOf(int taken) => TimeSpan.FromSeconds((double)taken / _wire.Server.Settings.Rates.Response);

    private void Expire(Wait wait)
    {
        switch (wait)
        {
            case Wait.Idle:
            case Wait.LastRequest:
                CloseSocket();
                break;
            case Wait.RequestHead:
            case Wait.RequestBody:
                Refuse(Rejection.RequestTimeout);
                break;
            case Wait.Handler when _wire.Pipeline.First is { IsHeadWritten: false } slot:
                AnswerInstead(slot, 503, "The server took too long to answer.");
                break;
            case Wait.Commit:
                Abort("the handler took too long to do what it had claimed");
                break;
            case Wait.Handler:
                Abort("the source of a body was silent for too long");
                break;
            case Wait.Response:
                Abort("the client takes too little of the answer");
                break;
            case Wait.Linger when _wire.Ending == Ending.Closing:
                Abort("the client did not close in time");
                break;
            case Wait.Linger:
                // The transport has not even confirmed the reset.
                Context.Stop(Self);
                break;
        }
    }
}
