using ActorHttp.Protocol;

namespace ActorHttp.Connections.Http1;

/// <summary>What a connection waits for. A connection waits for one thing at a time, and each wait has its limit.</summary>
internal enum Wait
{
    /// <summary>The connection has not waited for anything since the start or the last restart.</summary>
    Nothing,

    /// <summary>The next request.</summary>
    Idle,

    /// <summary>A last request, while the server drains.</summary>
    LastRequest,

    /// <summary>The rest of a head.</summary>
    RequestHead,

    /// <summary>More of a request's body.</summary>
    RequestBody,

    /// <summary>A handler's answer, or the next part of its body.</summary>
    Handler,

    /// <summary>The answer of a handler that has claimed the exchange.</summary>
    Commit,

    /// <summary>The client must take more of an answer.</summary>
    Response,

    /// <summary>The client must close, after the server has closed its side.</summary>
    Linger,
}

/// <summary>
/// Limits how long a connection waits. A wait ends when the connection makes a step forward, or when the connection waits for
/// something else.
/// </summary>
internal sealed class Http1Deadlines(Http1Connection connection)
{
    // Whether the first wait has begun. There is no wait before a first read that is tried at once.
    private bool _hasBegun;
    private Wait _wait;
    private long _waitFor;
    private TimeSpan _waitingSince;
    private TimeSpan _deadline = TimeSpan.MaxValue;
    private TimeSpan _lingerEnd;

    // The number of bytes that the client had not acknowledged at the last check of whether the client reads.
    private int _unacknowledged;

    // Counts the steps of handlers, of sources and of the client that sends a body. After each step a new wait begins.
    private long _progress;

    // Counts the reads whose bytes were thrown away. After each such read a new wait begins, because a client that sends is not
    // silent.
    private long _thrownAway;

    // The number of the request whose body the connection waits for.
    private long _waitingBody;

    /// <summary>
    /// Whether the connection has been idle for timeouts.drain-grace at least. A request that the client sent right after the
    /// last answer would have arrived by then.
    /// </summary>
    public bool HasBeenIdle => _wait == Wait.Idle && connection.Host.Now - _waitingSince >= connection.Settings.Timeouts.DrainGrace;

    /// <summary>Notes a step forward, so that a new wait begins.</summary>
    public void NoteProgress() => _progress++;

    /// <summary>Notes that bytes of the client were thrown away.</summary>
    public void NoteThrownAway() => _thrownAway++;

    /// <summary>Limits the lingering of the connection to timeouts.linger-limit from now on, whatever the client sends.</summary>
    public void BeginLinger() => _lingerEnd = connection.Host.Now + connection.Settings.Timeouts.LingerLimit;

    /// <summary>
    /// Forgets the current wait, because a restart has lost the timer. The connection then waits for the full time again.
    /// </summary>
    public void Restart()
    {
        _wait = Wait.Nothing;
        _waitFor = _progress = _thrownAway = _waitingBody = 0;
        _deadline = TimeSpan.MaxValue;
    }

    /// <summary>Decides what the connection waits for now, and until when.</summary>
    public void Update()
    {
        _hasBegun = true;

        // While a Flush or the end of the transport is in the mailbox, it is too early to decide: that message changes the
        // wait.
        if (!connection.Output.IsFlushDue && !connection.Transport.IsClosed)
            Move();
    }

    /// <summary>Checks the deadline after the timer has fired. Returns the wait that has taken too long, or null for none.</summary>
    public Wait? Check()
    {
        // The timer's message came before the Flush, so the deadline may belong to a wait that is over.
        if (connection.Output.IsFlushDue)
            Move();
        var now = connection.Host.Now;
        if (_wait == Wait.Response && now >= _deadline)
            Extend(now);
        if (now < _deadline)
        {
            connection.Host.WakeAt(_deadline, now);
            return null;
        }

        _deadline = TimeSpan.MaxValue;
        return _wait;
    }

    /// <summary>Checks that the state is legal.</summary>
    public void CheckInvariants() =>
        Invariant.Holds(
            _wait != Wait.Nothing || !_hasBegun || connection.Output.IsFlushDue || connection.Transport.IsClosed,
            "A connection always waits for something.");

    private void Move()
    {
        var wait = CurrentWait(out var waitFor);
        if (wait == _wait && waitFor == _waitFor)
            return;
        var now = connection.Host.Now;
        var credit = connection.Input.Credit;
        if (_wait == Wait.RequestBody)
            credit.Spend(_waitingBody, now - _waitingSince);
        _waitingBody = credit.Number;
        _wait = wait;
        _waitFor = waitFor;
        _waitingSince = now;
        if (wait == Wait.Response)
            _unacknowledged = connection.Transport.Unacknowledged;
        _deadline = now + Allowance(wait, now);
        connection.SpareSince = SpareSince(wait, now);
        connection.Host.WakeAt(_deadline, now);
    }

    // Returns the time since which the listener may close the connection for a new client. For a connection that lingers, this
    // time is timeouts.linger after the lingering began: a silent client gets no more time.
    private long SpareSince(Wait wait, TimeSpan now) => wait switch
    {
        Wait.Idle => now.Ticks,
        Wait.Linger when connection.Ending == Ending.Closing =>
            (_lingerEnd - connection.Settings.Timeouts.LingerLimit + connection.Settings.Timeouts.Linger).Ticks,
        _ => ConnectionState.NotSpare,
    };

    private Wait CurrentWait(out long waitFor)
    {
        if (connection.Ending >= Ending.Closing)
        {
            waitFor = connection.Ending == Ending.Closing ? _thrownAway : -1;
            return Wait.Linger;
        }

        if (connection.Output.IsBusy)
        {
            waitFor = connection.Output.Steps;
            return Wait.Response;
        }

        waitFor = _progress;
        if (connection.Input.IsBodyAwaited)
            return Wait.RequestBody;
        if (connection.Pipeline.First is { } first)
            return first is { IsClaimed: true, Stage: AnswerStage.Awaited } ? Wait.Commit : Wait.Handler;
        if (connection.Input.IsDiscarding)
            return Wait.RequestBody;
        waitFor = connection.Input.LastNumber;
        if (!connection.Input.IsBeforeRequest)
            return Wait.RequestHead;
        return connection.IsDraining ? Wait.LastRequest : Wait.Idle;
    }

    private TimeSpan Allowance(Wait wait, TimeSpan now)
    {
        var settings = connection.Settings;
        var times = settings.Timeouts;
        return wait switch
        {
            Wait.Idle => times.Idle,
            Wait.LastRequest => times.DrainGrace,
            Wait.RequestHead => times.RequestHead,
            Wait.Handler => times.Handler,
            Wait.Commit => times.Commit,
            Wait.Response => times.RateGrace + TimeOf(Math.Min(connection.Output.InFlight, settings.Io.FrameSize)),
            Wait.RequestBody => connection.Input.Credit.Settle(settings.Rates.RequestBody, times.RequestBody),
            Wait.Linger when connection.Ending == Ending.Closing && _lingerEnd - now < times.Linger => _lingerEnd - now,
            _ => times.Linger,
        };
    }

    // Extends the deadline by the bytes that the client has acknowledged since the last check. The kernel reports room for
    // output only when half of io.unsent-window is free, so acknowledgements are the better measure. The deadline is never
    // later than the deadline of a new wait. Otherwise a client that takes much at once could then take nothing for minutes.
    private void Extend(TimeSpan now)
    {
        var before = _unacknowledged;
        _unacknowledged = connection.Transport.Unacknowledged;
        var (earned, most) = (_deadline + TimeOf(before - _unacknowledged), now + Allowance(Wait.Response, now));
        _deadline = earned < most ? earned : most;
    }

    private TimeSpan TimeOf(int taken) => TimeSpan.FromSeconds((double)taken / connection.Settings.Rates.Response);
}
