using ActorHttp.Files.Storage;
using ActorHttp.Messages;

namespace ActorHttp.Files.Reading;

/// <summary>One digest that is computed or waits for that, and the requests that wait for it.</summary>
internal sealed class DigestJob(DigestKey key)
{
    private volatile HttpRequest[] _requests = [];

    public DigestKey Key => key;

    /// <summary>Whether a client still waits for the digest. Any thread may ask.</summary>
    public bool IsWanted => Array.Exists(_requests, request => request.IsAwaited);

    public IReadOnlyList<HttpRequest> Requests => _requests;

    public void Add(HttpRequest request) => _requests = [.. _requests.Where(other => other.IsAwaited), request];
}

/// <summary>
/// Which digests are computed: each once, however many requests want it, and only so many at a time. The requests hold no file
/// open while they wait. The files actor's own; its Props carry it.
/// </summary>
/// <param name="mostAtOnce">How many are computed at the same time: each keeps a processor busy.</param>
/// <param name="mostRequests">How many requests may wait, for one digest and for room. Further ones are answered without a digest, which they only wished for.</param>
internal sealed class DigestDesk(int mostAtOnce, int mostRequests)
{
    private readonly Dictionary<DigestKey, DigestJob> _running = [];
    private readonly Dictionary<DigestKey, List<HttpRequest>> _waiting = [];
    private readonly Queue<DigestKey> _next = new();

    /// <summary>What becomes of a request that wants a digest.</summary>
    public DigestTurn Take(HttpRequest request, DigestKey key, out DigestJob? job)
    {
        if (_running.TryGetValue(key, out job))
        {
            if (job.Requests.Count >= mostRequests)
                return DigestTurn.WithoutDigest;
            job.Add(request);
            return DigestTurn.Waits;
        }

        if (_running.Count >= mostAtOnce)
            return Queue(request, key) ? DigestTurn.Waits : DigestTurn.WithoutDigest;
        _running[key] = job = new DigestJob(key);
        job.Add(request);
        return DigestTurn.Begins;
    }

    /// <summary>
    /// A digest is done, or will never be. Answers the requests that go on: those that waited for it, and those that wait for the
    /// digest which is next. The latter begin anew, because their file was closed.
    /// </summary>
    public (IReadOnlyList<HttpRequest> Joined, IReadOnlyList<HttpRequest> Next) End(DigestJob job)
    {
        if (!_running.Remove(job.Key))
            return ([], []);
        while (_next.TryDequeue(out var key))
        {
            _waiting.Remove(key, out var requests);
            if (requests!.Where(request => request.IsAwaited).ToList() is { Count: > 0 } awaited)
                return (job.Requests, awaited);
        }

        return (job.Requests, []);
    }

    private bool Queue(HttpRequest request, DigestKey key)
    {
        if (_waiting.Values.Sum(requests => requests.Count) >= mostRequests)
            return false;
        if (!_waiting.TryGetValue(key, out var same))
        {
            _waiting[key] = same = [];
            _next.Enqueue(key);
        }

        same.Add(request);
        return true;
    }
}

/// <summary>What becomes of a request that wants a digest.</summary>
internal enum DigestTurn
{
    /// <summary>Its digest is to be computed.</summary>
    Begins,

    /// <summary>It is told later.</summary>
    Waits,

    /// <summary>Too many wait already.</summary>
    WithoutDigest,
}
