using System.Collections.Concurrent;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Storage;

/// <summary>The bytes that a digest is of, and the algorithm.</summary>
/// <param name="Identity">The identity of the file. Two files can have the same length and time, and so the same tag.</param>
/// <param name="Path">The path, where the system has no identity of files; else empty.</param>
/// <param name="Tag">The tag of the representation.</param>
/// <param name="Algorithm">The algorithm.</param>
internal readonly record struct DigestKey(FileIdentity Identity, string Path, EntityTag Tag, DigestAlgorithm Algorithm);

/// <summary>
/// The digests that have been computed, so that a file is not read again for each request that wants one. Any thread may use it. A
/// full cache forgets the oldest half of its digests. To find the least used ones would cost each request more than computing a
/// digest again.
/// </summary>
internal sealed class DigestCache(int most)
{
    private readonly ConcurrentDictionary<DigestKey, byte[]> _digests = new();
    private readonly ConcurrentQueue<DigestKey> _order = new();

    public int Count => _digests.Count;

    public byte[]? Find(DigestKey key) => _digests.GetValueOrDefault(key);

    public void Add(DigestKey key, byte[] digest)
    {
        if (!_digests.TryAdd(key, digest))
            return;
        _order.Enqueue(key);
        if (_digests.Count <= most)
            return;
        for (var left = most / 2; left >= 0 && _order.TryDequeue(out var oldest); left--)
            _digests.TryRemove(oldest, out _);
    }
}
