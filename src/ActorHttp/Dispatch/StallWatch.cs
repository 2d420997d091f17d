using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace ActorHttp.Dispatch;

/// <summary>What a <see cref="StallWatch"/> looks after: a thread that runs actors, and can be replaced.</summary>
internal interface IRelievable
{
    /// <summary>What runs actors now.</summary>
    Trampoline Trampoline { get; }

    /// <summary>Has others go on with what waits there.</summary>
    void Relieve();
}

/// <summary>
/// Sees when an actor holds up a thread that others wait for: names it in the log, and has another thread take over, so that
/// it delays nobody but itself. It is a thread of its own: a timer would need one of the pool, which may be what is held up.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    // A stall a second may be one cause: a line for each would be the next problem.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IRelievable> _watched;
    private readonly (Trampoline Trampoline, long Step)[] _seen;
    private readonly TimeSpan _threshold;
    private readonly ILoggingAdapter _log;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _end = new();
    private long? _saidAt;
    private long _lookedAt;

    public StallWatch(IReadOnlyList<IRelievable> watched, TimeSpan threshold, ILoggingAdapter log, TimeProvider time)
    {
        _watched = watched;
        _seen = new (Trampoline, long)[watched.Count];
        _threshold = threshold;
        _log = log;
        _time = time;
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Looks from now on, at least as often as the threshold.</summary>
    public void Start() => new Thread(LookOn) { IsBackground = true, Name = "actor-http stall watch" }.UnsafeStart();

    /// <summary>One look: whoever runs what it ran at the last look, as long ago as the threshold, is relieved.</summary>
    public void Look()
    {
        // Whoever was held up itself, by a debugger or a machine that slept, knows nothing of others.
        var wasHeldUp = _time.GetElapsedTime(_lookedAt) > _threshold * 2;
        _lookedAt = _time.GetTimestamp();
        for (var i = 0; i < _watched.Count; i++)
        {
            var trampoline = _watched[i].Trampoline;
            var now = (trampoline, trampoline.Step);
            if (!wasHeldUp && now.Step % 2 == 1 && now == _seen[i])
            {
                Say(trampoline.Running);
                _watched[i].Relieve();
            }

            _seen[i] = now;
        }
    }

    public void Dispose() => _end.Set();

    private void LookOn()
    {
        while (!_end.Wait(_threshold))
            Look();
    }

    private void Say(IRunnable? running)
    {
        if (_saidAt is { } before && _time.GetElapsedTime(before) < Silence)
            return;
        _saidAt = _time.GetTimestamp();
        _log.Warning(
            "{0} has held up its thread for more than {1} ms; another goes on with the sockets. An actor on actor-http.dispatcher must not block or compute for long",
            NameOf(running),
            _threshold.TotalMilliseconds);
    }

    private static string NameOf(IRunnable? running)
    {
        try
        {
            return running is Mailbox mailbox ? CellOf(mailbox).Self.Path.ToStringWithoutAddress() : "An actor";
        }
        catch (Exception e) when (e is MissingMethodException or NullReferenceException)
        {
            // Akka may come to call it something else, and an actor may have ended just now.
            return "An actor";
        }
    }

    // Akka does not say whose a mailbox is, and a warning without a name helps nobody.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell CellOf(Mailbox mailbox);
}
