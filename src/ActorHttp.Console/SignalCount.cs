namespace ActorHttp.ConsoleHost;

/// <summary>What a signal to end means.</summary>
internal enum SignalMeaning
{
    /// <summary>It is the first: finish what is open, then end.</summary>
    Drain,

    /// <summary>It belongs to one before it: nothing happens.</summary>
    Repeat,

    /// <summary>Who sends it does not want to wait: end at once.</summary>
    EndAtOnce,
}

/// <summary>
/// Tells a repeated signal from a second one. GNU timeout signals the process and then its group, and a terminal's SIGINT can
/// meet a supervisor's SIGTERM: all that comes within half a second of the first is one signal, of whatever kind.
/// </summary>
internal sealed class SignalCount(TimeProvider time)
{
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private long? _first;
    private bool _hasSecond;

    public SignalMeaning Next()
    {
        lock (_lock)
        {
            if (_first is not { } first)
            {
                _first = time.GetTimestamp();
                return SignalMeaning.Drain;
            }

            // The process is ending: what comes behind a second signal has nothing left to change.
            if (_hasSecond || time.GetElapsedTime(first) <= Together)
                return SignalMeaning.Repeat;
            _hasSecond = true;
            return SignalMeaning.EndAtOnce;
        }
    }
}
