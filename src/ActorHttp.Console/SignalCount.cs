namespace ActorHttp.ConsoleHost;

/// <summary>The effect of a signal that asks the process to exit.</summary>
internal enum SignalMeaning
{
    /// <summary>The first signal: the server completes the open requests and then exits.</summary>
    Drain,

    /// <summary>A signal that belongs to the first signal: the signal has no effect.</summary>
    Repeat,

    /// <summary>A second signal: the process exits at once.</summary>
    EndAtOnce,
}

/// <summary>
/// Distinguishes a repeated signal from a second signal. GNU timeout sends a signal to the process and then to its group. A
/// SIGINT of the terminal can arrive together with a SIGTERM of a supervisor. So all signals within half a second of the first
/// signal, of any kind, count as one signal.
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

            // The process is already exiting after a second signal, so further signals have no effect.
            if (_hasSecond || time.GetElapsedTime(first) <= Together)
                return SignalMeaning.Repeat;
            _hasSecond = true;
            return SignalMeaning.EndAtOnce;
        }
    }
}
