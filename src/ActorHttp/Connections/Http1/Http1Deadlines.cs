using ActorHttp.Protocol;

namespace ActorHttp.Connections.Http1;

/// <summary>What a connection waits for. It waits for one thing at a time, and each has its limit.</summary>
internal enum Wait
{
    /// <summary>Nothing has been waited for since the start, or since a restart.</summary>
    Nothing,

    /// <summary>The next request.</summary>
    Idle,

    /// <summary>The last request, while the server drains.</summary>
    LastRequest,

    /// <summary>The rest of a head.</summary>
    RequestHead,

    /// <summary>More of a request's body.</summary>
    RequestBody,

    /// <summary>A handler's answer, or the next part of its body.</summary>
    Handler,

    /// <summary>The answer of a handler that has claimed the exchange.</summary>
    Commit,

    /// <summary>The client takes more of an answer.</summary>
    Response,

    /// <summary>The client closes, behind the server's close.</summary>
    Linger,
}

/// <summary>
/// How long a connection waits for what. A wait is over when what it was for has come, or something else is waited for.
/// </summary>
internal sealed class Http1Deadlines(Http1Connection connection)
{
    // Whether there has been a first wait. There is none before a first read that is tried at once.
    private bool _hasBegun;
    private Wait _wait;
    private long _waitFor;
    private TimeSpan _waitingSince;
    private TimeSpan _deadline = TimeSpan.MaxValue;
    private TimeSpan _lingerEnd;

    // How much the client had not acknowledged when it was last looked whether it reads.
    private int _unacknowledged;

    // Counts what handlers, sources and a body's sender do, so that the wait for the next step is a new one.
    private long _progress;

    // Counts the reads whose bytes were thrown away, for the same purpose: a client that sends on is not silent.
    private long _thrownAway;

    // The request whose body is being waited for.
    private long _waitingBody;

    /// <summary>Whether it has been idle for longer than a request can be on its way to a server that has just answered.</summary>
    public bool HasBeenIdle => _wait == Wait.Idle && connection.Host.Now - _waitingSince >= connection.Settings.Timeouts.DrainGrace;

    /// <summary>What is waited for has come a step nearer.</summary>
    public void NoteProgress() => _progress++;

    /// <summary>The client has sent bytes that nobody wants.</summary>
    public void NoteThrownAway() => _thrownAway++;

    /// <summary>The connection lingers from now on, for a limited time whatever the client sends.</summary>
    public void BeginLinger() => _lingerEnd = connection.Host.Now + connection.Settings.Timeouts.LingerLimit;

    /// <summary>A restart has lost the timer: what is waited for gets its time anew.</summary>
    public void Restart()
    {
        _wait = Wait.Nothing;
        _waitFor = _progress = _thrownAway = _waitingBody = 0;
        _deadline = TimeSpan.MaxValue;
    }

    /// <summary>Works out what is waited for now, and until when.</summary>
    public void Update()
    {
        _hasBegun = true;

        // Nothing is waited for while a message is in the mailbox that changes it: the flush, or the end of the transport.
        if (!connection.Output.IsFlushDue && !connection.Transport.IsClosed)
            Move();
    }

    /// <summary>The timer has fired. Answers what has taken too long; null when nothing has.</summary>
    public Wait? Check()
    {
        // In the mailbox before the flush: the deadline may be that of a wait which is over.
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

    /// <summary>Asserts that the state is a legal one.</summary>
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

    // A connection that has lingered for as long as a silent client may is kept for its client's sake only.
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

    // By what the client has taken since the last look: the kernel does not tell before there is room for half of
    // io.unsent-window. But to no more than a new wait would have, or a client that takes much at once could then take nothing
    // for minutes.
    private void Extend(TimeSpan now)
    {
        var before = _unacknowledged;
        _unacknowledged = connection.Transport.Unacknowledged;
        var (earned, most) = (_deadline + TimeOf(before - _unacknowledged), now + Allowance(Wait.Response, now));
        _deadline = earned < most ? earned : most;
    }

    private TimeSpan TimeOf(int taken) => TimeSpan.FromSeconds((double)taken / connection.Settings.Rates.Response);
}
