using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>
/// Finds actors that stall a thread. The monitor writes the name of such an actor to the log and moves the other actors of the
/// thread to other threads. So the stalled actor delays only itself. After <see cref="Start"/>, the monitor runs on its own
/// thread. A .NET timer would need the thread pool, which may also be stalled.
/// </summary>
internal sealed class StallMonitor : IDisposable
{
    // The shortest time between two warnings. One cause can stall a thread every second, and a warning for each stall would
    // fill the log.
    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IRelievable> _threads;
    private readonly (RunQueue RunQueue, long Step)[] _lastSeen;
    private readonly TimeSpan _threshold;
    private readonly ILoggingAdapter _log;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _end = new();
    private long? _lastWarning;
    private long _lastCheck;

    public StallMonitor(IReadOnlyList<IRelievable> threads, TimeSpan threshold, ILoggingAdapter log, TimeProvider time)
    {
        _threads = threads;
        _lastSeen = new (RunQueue, long)[threads.Count];
        _threshold = threshold;
        _log = log;
        _time = time;
        _lastCheck = time.GetTimestamp();
    }

    /// <summary>Starts a thread that calls <see cref="Check"/> once per threshold, until Dispose is called.</summary>
    public void Start()
    {
        _lastCheck = _time.GetTimestamp();
        new Thread(CheckUntilEnd) { IsBackground = true, Name = "actor-http stall monitor" }.UnsafeStart();
    }

    /// <summary>Relieves each thread that is still in the same run as at the last check.</summary>
    public void Check()
    {
        // A debugger, or the suspend of the machine, can delay the monitor itself. A delayed check does not show whether a
        // thread is stalled.
        var wasHeldUp = _time.GetElapsedTime(_lastCheck) > _threshold * 2;
        _lastCheck = _time.GetTimestamp();
        for (var i = 0; i < _threads.Count; i++)
        {
            var runQueue = _threads[i].RunQueue;
            var now = (runQueue, runQueue.Step);
            if (!wasHeldUp && now.Step % 2 == 1 && now == _lastSeen[i])
            {
                Warn(runQueue.Running);
                _threads[i].Relieve();
            }

            _lastSeen[i] = now;
        }
    }

    public void Dispose() => _end.Set();

    private void CheckUntilEnd()
    {
        while (!_end.Wait(_threshold))
            Check();
    }

    private void Warn(IRunnable? running)
    {
        if (_lastWarning is { } before && _time.GetElapsedTime(before) < WarningInterval)
            return;
        _lastWarning = _time.GetTimestamp();
        _log.Warning(
            "{0} has held up its thread for more than {1} ms; another thread now serves its sockets. An actor on "
                + "actor-http.dispatcher must not block or compute for long",
            NameOf(running),
            _threshold.TotalMilliseconds);
    }

    private static string NameOf(IRunnable? running) => MailboxOwner.Of(running)?.Self.Path.ToStringWithoutAddress() ?? "An actor";

}
