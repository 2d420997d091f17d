using ActorHttp.Protocol;

namespace ActorHttp.Connections.Http1;

/// <summary>
/// The events that a connection can wait for. A connection waits for one event at a time, and each wait has a time limit.
/// </summary>
internal enum Wait
{
    /// <summary>The connection has not waited for anything since the start or the last restart.</summary>
    Nothing,

    /// <summary>The next request.</summary>
    Idle,

    /// <summary>A last request before the connection closes, while the server drains.</summary>
    LastRequest,

    /// <summary>The rest of a request's head.</summary>
    RequestHead,

    /// <summary>More bytes of a request's body.</summary>
    RequestBody,

    /// <summary>A handler's answer, or the next part of the answer's body.</summary>
    Handler,

    /// <summary>The answer of a handler that has claimed the exchange.</summary>
    Commit,

    /// <summary>The client, which must receive more bytes of an answer.</summary>
    Response,

    /// <summary>The client's FIN, after the server has sent its own FIN.</summary>
    Linger,
}

/// <summary>
/// Limits how long a connection waits. A wait ends when a handler, a source or the client makes progress, or when the
/// connection begins to wait for another event.
/// </summary>
internal sealed class Http1Deadlines(Http1Connection connection)
{
    // Whether the first wait has begun. A new connection that reads at once does not wait before this first read.
    private bool _hasBegun;
    private Wait _wait;
    private long _waitFor;
    private TimeSpan _waitingSince;
    private TimeSpan _deadline = TimeSpan.MaxValue;
    private TimeSpan _lingerEnd;

    // The number of bytes that the client had not acknowledged at the last check of the wait Response.
    private int _unacknowledged;

    // Counts the steps of progress: of handlers, of sources, and of a client that sends a body. A new wait begins after each
    // step.
    private long _progress;

    // Counts the reads whose bytes were discarded. A client that sends is not silent, so a new wait begins after each such
    // read.
    private long _thrownAway;

    // The number of the request whose body the connection waits for.
    private long _waitingBody;

    /// <summary>
    /// Whether the connection has been idle for at least timeouts.drain-grace. After this time, a request that the client sent
    /// directly after the last answer would have arrived.
    /// </summary>
    public bool HasBeenIdle => _wait == Wait.Idle && connection.Host.Now - _waitingSince >= connection.Settings.Timeouts.DrainGrace;

    /// <summary>Counts a step of progress, so that a new wait begins.</summary>
    public void NoteProgress() => _progress++;

    /// <summary>Counts a read whose bytes were discarded.</summary>
    public void NoteThrownAway() => _thrownAway++;

    /// <summary>
    /// Limits the lingering of the connection to timeouts.linger-limit from now on, even if the client continues to send.
    /// </summary>
    public void BeginLinger() => _lingerEnd = connection.Host.Now + connection.Settings.Timeouts.LingerLimit;

    /// <summary>
    /// Forgets the current wait, because a restart has lost the timer. The connection then begins a new wait with the full
    /// time.
    /// </summary>
    public void Restart()
    {
        _wait = Wait.Nothing;
        _waitFor = _progress = _thrownAway = _waitingBody = 0;
        _deadline = TimeSpan.MaxValue;
    }

    /// <summary>Decides which event the connection waits for now, and sets the deadline of this wait.</summary>
    public void Update()
    {
        _hasBegun = true;

        // Decides nothing while a Flush or the end of the transport is in the mailbox. The handling of that message changes the
        // wait.
        if (!connection.Output.IsFlushDue && !connection.Transport.IsClosed)
            Move();
    }

    /// <summary>Checks the deadline after the timer has fired. Returns the wait whose deadline has passed, or null for none.</summary>
    public Wait? Check()
    {
        // The timer's message arrived before the Flush, so the current deadline may belong to a wait that has ended.
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

    /// <summary>Throws an exception when the state is not legal.</summary>
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

    // Returns the time since which the listener may close the connection for a new client. For a lingering connection, this
    // time is timeouts.linger after the start of the lingering. So a silent client gets no more time than timeouts.linger.
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
    // later than the deadline of a new wait. Otherwise a client that acknowledges many bytes at once could then stay silent for
    // minutes.
    private void Extend(TimeSpan now)
    {
        var before = _unacknowledged;
        _unacknowledged = connection.Transport.Unacknowledged;
        var (earned, most) = (_deadline + TimeOf(before - _unacknowledged), now + Allowance(Wait.Response, now));
        _deadline = earned < most ? earned : most;
    }

    private TimeSpan TimeOf(int taken) => TimeSpan.FromSeconds((double)taken / connection.Settings.Rates.Response);
}
