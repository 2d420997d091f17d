namespace ActorHttp.ConsoleHost;

/// <summary>The meaning of a signal that ends the process.</summary>
internal enum SignalMeaning
{
    /// <summary>The first signal: finish the open requests, then end.</summary>
    Drain,

    /// <summary>A repetition of the first signal: do nothing.</summary>
    Repeat,

    /// <summary>A second signal: end at once.</summary>
    EndAtOnce,
}

/// <summary>
/// Tells a repeated signal from a second one. GNU timeout signals the process and then its group, and a terminal's SIGINT can
/// meet a supervisor's SIGTERM. So all signals within half a second of the first one, of any kind, count as one.
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

            // After a second signal the process ends. A third one changes nothing.
            if (_hasSecond || time.GetElapsedTime(first) <= Together)
                return SignalMeaning.Repeat;
            _hasSecond = true;
            return SignalMeaning.EndAtOnce;
        }
    }
}
