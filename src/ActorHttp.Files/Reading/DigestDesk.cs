using ActorHttp.Files.Storage;
using ActorHttp.Messages;

namespace ActorHttp.Files.Reading;

/// <summary>A digest that is being computed, with the requests that wait for the digest.</summary>
internal sealed class DigestJob(DigestKey key)
{
    private volatile HttpRequest[] _requests = [];

    public DigestKey Key => key;

    /// <summary>Whether any client still waits for the digest. Any thread may read this property.</summary>
    public bool IsWanted => Array.Exists(_requests, request => request.IsAwaited);

    public IReadOnlyList<HttpRequest> Requests => _requests;

    public void Add(HttpRequest request) => _requests = [.. _requests.Where(other => other.IsAwaited), request];
}

/// <summary>
/// Decides when each digest is computed. Each digest is computed once, however many requests want the digest. The number of
/// digests that are computed at the same time is limited. A waiting request has no open file. Only the <see cref="FilesActor"/>
/// uses this object, which is part of the actor's <c>State</c>.
/// </summary>
/// <param name="mostAtOnce">The most digests that are computed at the same time. Each computation uses one processor.</param>
/// <param name="mostRequests">
/// The most requests that may wait for one digest, and the most requests that may wait for the start of their digests. Further
/// requests get answers without a digest. An answer without a digest is allowed, because Want-Repr-Digest is only a preference of
/// the client.
/// </param>
internal sealed class DigestDesk(int mostAtOnce, int mostRequests)
{
    private readonly Dictionary<DigestKey, DigestJob> _running = [];
    private readonly Dictionary<DigestKey, List<HttpRequest>> _waiting = [];
    private readonly Queue<DigestKey> _next = new();

    /// <summary>Starts a digest for a request, or adds the request to the waiting requests.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The digest that the request wants.</param>
    /// <param name="job">The digest that is being computed; null when the digest has not been started.</param>
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
    /// Removes a digest that is complete or has failed. Returns the requests that waited for this digest, and the requests that
    /// wait for the next digest. The requests for the next digest start again with opening the file, because the file was closed
    /// while they waited.
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

/// <summary>The next step for a request that wants a digest.</summary>
internal enum DigestTurn
{
    /// <summary>The caller must start to compute the digest.</summary>
    Begins,

    /// <summary>The request waits until <see cref="DigestDesk.End"/> returns it.</summary>
    Waits,

    /// <summary>The request gets an answer without a digest, because too many requests wait.</summary>
    WithoutDigest,
}
