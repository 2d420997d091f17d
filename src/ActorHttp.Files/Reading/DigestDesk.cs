using ActorHttp.Files.Storage;
using ActorHttp.Messages;

namespace ActorHttp.Files.Reading;

/// <summary>One digest that is being computed, and the requests that wait for it.</summary>
internal sealed class DigestJob(DigestKey key)
{
    private volatile HttpRequest[] _requests = [];

    public DigestKey Key => key;

    /// <summary>Whether a client still waits for the digest. Any thread may read it.</summary>
    public bool IsWanted => Array.Exists(_requests, request => request.IsAwaited);

    public IReadOnlyList<HttpRequest> Requests => _requests;

    public void Add(HttpRequest request) => _requests = [.. _requests.Where(other => other.IsAwaited), request];
}

/// <summary>
/// Decides which digests are computed. A digest is computed once, however many requests want it, and the number of digests at a time is
/// limited. Requests hold no file open while they wait. Only the files actor uses the object; its <c>State</c> holds it.
/// </summary>
/// <param name="mostAtOnce">How many digests are computed at the same time. Each keeps a processor busy.</param>
/// <param name="mostRequests">
/// How many requests may wait for one digest, and how many for their digest to begin. Further requests are answered without a digest,
/// because the field that asks for it is a wish.
/// </param>
internal sealed class DigestDesk(int mostAtOnce, int mostRequests)
{
    private readonly Dictionary<DigestKey, DigestJob> _running = [];
    private readonly Dictionary<DigestKey, List<HttpRequest>> _waiting = [];
    private readonly Queue<DigestKey> _next = new();

    /// <summary>Decides about a request that wants a digest.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The digest that it wants.</param>
    /// <param name="job">The digest that is being computed; null when it has not begun.</param>
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
    /// Ends a digest that is computed, or that has failed. Returns the requests that continue: those that waited for this digest, and those
    /// that wait for the next one. The latter begin anew, because their file was closed.
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

/// <summary>What a request that wants a digest does next.</summary>
internal enum DigestTurn
{
    /// <summary>The digest has to be computed for it.</summary>
    Begins,

    /// <summary>It waits, and continues after <see cref="DigestDesk.End"/>.</summary>
    Waits,

    /// <summary>It is answered without a digest, because too many requests wait already.</summary>
    WithoutDigest,
}
